//! A proxy between the service and its Postgres that can cut connections or drop all traffic.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// What it does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyMode {
    Forward,
    /// Accepts everything and forwards nothing, like a network that fails silently.
    DropTraffic,
    /// Each new value cuts every connection.
    CutConnections(usize),
}

pub struct Proxy {
    address: SocketAddr,
    /// The socket that new connections are forwarded to.
    socket: Arc<Mutex<PathBuf>>,
    mode: Arc<watch::Sender<ProxyMode>>,
}

impl Proxy {
    /// In front of a Postgres.
    pub async fn start(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(watch::Sender::new(ProxyMode::Forward));
        let modes = Arc::clone(&mode);
        let socket = Arc::new(Mutex::new(socket));
        let current = Arc::clone(&socket);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let socket = current.lock().unwrap().clone();
                tokio::spawn(forward(client, socket, modes.subscribe()));
            }
        });
        Self { address, socket, mode }
    }

    /// The URL of the Postgres behind it.
    pub fn url(&self) -> String {
        format!("postgres://usher@{}/usher", self.address)
    }

    /// Its address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forwards new connections to another Postgres; existing ones are not changed.
    pub fn point_to(&self, socket: PathBuf) {
        *self.socket.lock().unwrap() = socket;
    }

    pub fn set(&self, mode: ProxyMode) {
        self.mode.send_replace(mode);
    }
}

async fn forward(mut client: TcpStream, socket: impl AsRef<Path>, mut modes: watch::Receiver<ProxyMode>) {
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (mut asked, mut answered) = ([0; 8192], [0; 8192]);
    loop {
        let mode = *modes.borrow_and_update();
        if mode == ProxyMode::DropTraffic {
            // Nothing is read or written until that is over.
            if modes.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            changed = modes.changed() => {
                let cut = matches!(*modes.borrow(), ProxyMode::CutConnections(_));
                if changed.is_err() || cut {
                    return;
                }
            }
            read = client.read(&mut asked) => match read {
                Ok(n) if n > 0 && server.write_all(&asked[..n]).await.is_ok() => {}
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(n) if n > 0 && client.write_all(&answered[..n]).await.is_ok() => {}
                _ => return,
            },
        }
    }
}

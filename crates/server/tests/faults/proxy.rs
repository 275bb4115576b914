//! A proxy between the service and its Postgres that cuts connections, or swallows what is sent.

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
pub enum Mood {
    Forwards,
    /// Takes everything and passes nothing on, as a network does that has failed without a word.
    Swallows,
    /// Each new value cuts every connection.
    Cuts(usize),
}

pub struct Proxy {
    address: SocketAddr,
    /// The socket that new connections lead to.
    socket: Arc<Mutex<PathBuf>>,
    mood: Arc<watch::Sender<Mood>>,
}

impl Proxy {
    /// In front of a Postgres.
    pub async fn start(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mood = Arc::new(watch::Sender::new(Mood::Forwards));
        let moods = Arc::clone(&mood);
        let socket = Arc::new(Mutex::new(socket));
        let current = Arc::clone(&socket);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let socket = current.lock().unwrap().clone();
                tokio::spawn(forward(client, socket, moods.subscribe()));
            }
        });
        Self { address, socket, mood }
    }

    /// The URL of the Postgres behind it.
    pub fn url(&self) -> String {
        format!("postgres://usher@{}/usher", self.address)
    }

    /// Its address and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Leads new connections to another Postgres; those that are there stay where they are.
    pub fn point_to(&self, socket: PathBuf) {
        *self.socket.lock().unwrap() = socket;
    }

    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }
}

async fn forward(mut client: TcpStream, socket: impl AsRef<Path>, mut moods: watch::Receiver<Mood>) {
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (mut asked, mut answered) = ([0; 8192], [0; 8192]);
    loop {
        let mood = *moods.borrow_and_update();
        if mood == Mood::Swallows {
            // Nothing is read or written until that is over.
            if moods.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            changed = moods.changed() => {
                let cut = matches!(*moods.borrow(), Mood::Cuts(_));
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

//! A proxy in front of the tests' Postgres, which closes connections and counts round trips.

use percent_encoding::percent_decode_str;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};
use usher_testkit::new_database;

pub struct Forwarder {
    pub url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    cuts: AtomicUsize,
    round_trips: AtomicUsize,
}

impl Forwarder {
    pub async fn start() -> Self {
        let url = new_database().await;
        let (_, rest) = url.split_once('@').unwrap();
        let (host, database) = rest.split_once('/').unwrap();
        let (folder, port) = host.rsplit_once(':').unwrap();
        let folder = percent_decode_str(folder).decode_utf8().unwrap();
        let socket = PathBuf::from(&*folder).join(format!(".s.PGSQL.{port}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgresql://usher@{}/{database}", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let of_connections = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, socket.clone(), Arc::clone(&of_connections)));
            }
        });
        Self { url, shared }
    }

    /// Closes each connection of now when something is sent on it.
    pub fn cut_at_next_use(&self) {
        self.shared.cuts.fetch_add(1, SeqCst);
    }

    /// How often a service has sent something to Postgres after it had received what came before.
    pub fn round_trips(&self) -> usize {
        self.shared.round_trips.load(SeqCst)
    }
}

async fn forward(mut client: TcpStream, socket: PathBuf, shared: Arc<Shared>) {
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (before, mut sent, mut answered) = (shared.cuts.load(SeqCst), [0; 8192], [0; 8192]);
    let mut is_answered = true;
    loop {
        let forwarded = tokio::select! {
            read = client.read(&mut sent) => match read {
                Ok(length) if length > 0 && shared.cuts.load(SeqCst) == before => {
                    if std::mem::take(&mut is_answered) {
                        shared.round_trips.fetch_add(1, SeqCst);
                    }
                    server.write_all(&sent[..length]).await
                }
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(length) if length > 0 => {
                    is_answered = true;
                    client.write_all(&answered[..length]).await
                }
                _ => return,
            },
        };
        if forwarded.is_err() {
            return;
        }
    }
}

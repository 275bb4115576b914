//! Connections that a proxy or a pooler has closed, which shows only when they are used again.

use percent_encoding::percent_decode_str;
use serde_json::json;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
};
use usher_testkit::{Options, PASSWORD, TestApp, new_database};

/// In front of the tests' Postgres.
struct Forwarder {
    url: String,
    cuts: Arc<AtomicUsize>,
}

impl Forwarder {
    async fn start() -> Self {
        let url = new_database().await;
        let (_, rest) = url.split_once('@').unwrap();
        let (host, database) = rest.split_once('/').unwrap();
        let (folder, port) = host.rsplit_once(':').unwrap();
        let folder = percent_decode_str(folder).decode_utf8().unwrap();
        let socket = PathBuf::from(&*folder).join(format!(".s.PGSQL.{port}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgresql://usher@{}/{database}", listener.local_addr().unwrap());
        let cuts = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&cuts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, socket.clone(), Arc::clone(&shared)));
            }
        });
        Self { url, cuts }
    }

    /// Closes each connection of now when something is sent on it.
    fn cut_at_next_use(&self) {
        self.cuts.fetch_add(1, SeqCst);
    }
}

async fn forward(mut client: TcpStream, socket: PathBuf, cuts: Arc<AtomicUsize>) {
    let Ok(mut server) = UnixStream::connect(socket).await else { return };
    let (before, mut sent, mut answered) = (cuts.load(SeqCst), [0; 8192], [0; 8192]);
    loop {
        let forwarded = tokio::select! {
            read = client.read(&mut sent) => match read {
                Ok(length) if length > 0 && cuts.load(SeqCst) == before => server.write_all(&sent[..length]).await,
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(length) if length > 0 => client.write_all(&answered[..length]).await,
                _ => return,
            },
        };
        if forwarded.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_closed_unnoticed_fails_no_request() {
    let forwarder = Forwarder::start().await;
    // Without jobs, which would notice it.
    let options = Options { database_url: Some(forwarder.url.clone()), send_mail: false, ..Options::default() };
    let app = TestApp::with(options).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let token = ada.token["refresh_token"].as_str().unwrap();
    for what in ["read", "list", "search", "export", "change", "sign-in", "refresh"] {
        // Several pooled connections, not one.
        let lists = (0..12).map(|_| admin.get("/v1/users?limit=100"));
        for answer in futures_util::future::join_all(lists).await {
            answer.expect_status(200);
        }
        // Connections are replaced once a second at most.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        forwarder.cut_at_next_use();
        let answer = match what {
            "read" => ada.get(&ada.path()).await,
            "list" => admin.get("/v1/users").await,
            "search" => admin.get("/v1/users?q=ada").await,
            "export" => ada.get(&format!("{}/export", ada.path())).await,
            "change" => ada.patch(&ada.path(), &json!({ "username": "ada1" })).await,
            "sign-in" => app.nobody().password_grant("ada@example.com", PASSWORD).await,
            _ => {
                let refresh = [("grant_type", "refresh_token"), ("refresh_token", token)];
                app.nobody().form("/v1/oauth/token", &refresh).await
            }
        };
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    }
}

//! Where the service listens, how long it keeps connections, and which URL follows from that.

use crate::home::Home;
use std::{
    net::{Ipv4Addr, Ipv6Addr, TcpListener},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use usher_testkit::Client;

#[tokio::test(flavor = "multi_thread")]
async fn localhost_is_both_loopback_addresses_and_the_url_is_the_same_name() {
    let home = Home::with_database().await.set("USHER_LISTEN", "localhost:0");
    let service = home.serve().await;
    let (port, url) = (service.port(), service.url.clone());
    assert_eq!(url, format!("http://localhost:{port}"));
    let mut addresses = vec![format!("127.0.0.1:{port}")];
    // A machine without IPv6 does not have this address.
    if TcpListener::bind("[::1]:0").is_ok() {
        addresses.push(format!("[::1]:{port}"));
    }
    for address in addresses {
        let client = Client::new(&format!("http://{address}"));
        let metadata = client.get("/.well-known/oauth-authorization-server").await.expect_status(200).json;
        assert_eq!(metadata["issuer"], url, "at {address}");
    }
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_named_is_the_only_one() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let port = service.port();
    assert_eq!(service.url, format!("http://localhost:{port}"));
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    assert!(std::net::TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_err());
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loopback_address_in_use_by_another_program_does_not_prevent_a_start() {
    // Without IPv6 there is nothing that another program could have.
    let Ok(other) = TcpListener::bind("[::1]:0") else { return };
    let address = other.local_addr().unwrap();
    let home = Home::with_database().await.set("USHER_LISTEN", &format!("localhost:{}", address.port()));
    let service = home.serve().await;
    Client::new(&format!("http://127.0.0.1:{}", address.port())).get("/health/ready").await.expect_status(200);
    service.terminate().await;
    assert!(home.log().contains(&format!("cannot listen on {address}")), "{}", home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_public_url_is_warned_of_at_the_start_and_by_check() {
    let mut listens = vec!["0.0.0.0:0"];
    if TcpListener::bind("[::]:0").is_ok() {
        listens.push("[::]:0");
    }
    for listen in listens {
        let home = Home::with_database().await.set("USHER_LISTEN", listen);
        home.serve().await.terminate().await;
        let checked = home.run(&["check"]).await.expect_success();
        for (place, text) in [("log", home.log()), ("check", checked)] {
            assert!(text.contains("USHER_PUBLIC_URL is not set"), "{listen}, {place}: {text}");
            assert!(text.to_ascii_lowercase().contains("warn"), "{listen}, {place}: {text}");
        }
    }
    let url = "http://0.0.0.0:8080";
    let home = Home::with_database().await.set("USHER_PUBLIC_URL", url);
    home.serve().await.terminate().await;
    let checked = home.run(&["check"]).await.expect_success();
    for text in [home.log(), checked] {
        assert!(text.contains(&format!("USHER_PUBLIC_URL is {url}")), "{text}");
    }
    for (listen, public_url) in [("0.0.0.0:0", Some("https://id.example.com")), ("127.0.0.1:0", None)] {
        let home = Home::with_database().await.set("USHER_LISTEN", listen);
        let home = public_url.into_iter().fold(home, |home, url| home.set("USHER_PUBLIC_URL", url));
        home.serve().await.terminate().await;
        let checked = home.run(&["check"]).await.expect_success();
        for text in [home.log(), checked] {
            assert!(!text.contains("USHER_PUBLIC_URL is not set"), "{listen}: {text}");
        }
    }
}

/// A connection that has been answered once.
async fn used(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    ask(&mut stream).await;
    stream
}

async fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: usher\r\n\r\n").await.unwrap();
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 200 OK\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_kept_for_as_long_as_is_set() {
    let long = Home::with_database().await.set("USHER_KEEP_ALIVE", "10m");
    let long = (long.serve().await, long);
    let mut kept = used(long.0.port()).await;

    let short = Home::with_database().await.set("USHER_KEEP_ALIVE", "3s");
    let service = short.serve().await;
    let mut closed = used(service.port()).await;
    let began = Instant::now();
    let end = timeout(Duration::from_secs(30), closed.read(&mut [0; 1])).await.unwrap().unwrap();
    let idle = began.elapsed();
    assert_eq!(end, 0, "it is closed without a word");
    assert!((Duration::from_secs(3)..Duration::from_secs(10)).contains(&idle), "{idle:?}");
    service.terminate().await;

    ask(&mut kept).await;
    long.0.terminate().await;
}

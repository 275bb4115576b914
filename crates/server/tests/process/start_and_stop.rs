//! Starting and stopping.

use crate::home::{Home, wait_until};
use rustix::process::Signal;
use serde_json::json;
use std::{net::SocketAddr, time::Instant};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use usher_testkit::PASSWORD;

const TIMES: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_service_prints_its_url_in_one_line() {
    let home = Home::with_database().await.set("USHER_PUBLIC_URL", "https://example.com/auth/");
    let service = home.serve().await;
    let url = format!("http://localhost:{}", service.port());
    assert_eq!(service.ready, format!("usher is ready on {url} (docs at {url}/docs)\n"));
    service.client().get("/health/ready").await.expect_status(200);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_stops_lose_nothing_and_leave_nothing_behind() {
    let home = Home::new();
    for n in 0..TIMES {
        let service = home.serve().await;
        expect_users(&service.client(), n).await;
        service.client().register(&format!("user{n}")).await.expect_status(201);
        service.terminate().await;
        // Not a moment later: when it has ended, everything has.
        assert_eq!(home.processes(), Vec::<String>::new());
        home.expect_quiet().await;
    }
    let service = home.serve().await;
    expect_users(&service.client(), TIMES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_lose_nothing_and_leave_nothing_behind() {
    let home = Home::new();
    for n in 0..TIMES {
        let service = home.serve().await;
        expect_users(&service.client(), n).await;
        service.client().register(&format!("user{n}")).await.expect_status(201);
        service.kill().await;
        // Every other time the next start meets what the killed one has left.
        if n % 2 == 0 {
            home.expect_quiet().await;
        }
    }
    let service = home.serve().await;
    expect_users(&service.client(), TIMES).await;
    service.kill().await;
    home.expect_quiet().await;
}

/// Fails unless `count` users exist and the last of them can sign in.
async fn expect_users(client: &usher_testkit::Client, count: usize) {
    for n in 0..count {
        client.register(&format!("user{n}")).await.expect_problem(409, "username_taken");
    }
    if let Some(last) = count.checked_sub(1) {
        client.password_grant(&format!("user{last}"), PASSWORD).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_is_in_flight_and_takes_in_nothing_new() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let address = SocketAddr::from(([127, 0, 0, 1], service.port()));
    let body = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD }).to_string();
    let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
    let head = format!(
        "POST /v1/register HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n");

    service.signal(Signal::TERM);
    wait_until("the door to close", || std::net::TcpStream::connect(address).is_err()).await;
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert_eq!(service.ended().await.code(), Some(0));

    let service = home.serve().await;
    service.client().sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_service_answers_requests_and_is_not_ready_until_a_second_signal() {
    let home = Home::with_database().await.set("USHER_DRAIN", "10m");
    let service = home.serve().await;
    let client = service.client();
    // The client keeps the connection for its next request.
    let kept = client.get("/health/ready").await.expect_status(200);
    assert_eq!(kept.header("connection"), "");

    service.signal(Signal::TERM);
    let leaving = loop {
        let answer = client.get("/health/ready").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(leaving.expect_problem(503, "unavailable").header("connection"), "close");
    client.get("/health/live").await.expect_status(200);
    client.register("ada").await.expect_status(201);
    let newcomer = service.client();
    let token = newcomer.password_grant("ada", PASSWORD).await.expect_status(200);
    assert_eq!(token.header("connection"), "close");
    newcomer.get("/nowhere").await.expect_status(404);

    let began = Instant::now();
    service.terminate().await;
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_connections_that_are_idle() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let client = service.client();
    // The client keeps its connection.
    client.get("/v1").await.expect_status(200);
    let _silent = TcpStream::connect(("127.0.0.1", service.port())).await.unwrap();
    let began = Instant::now();
    service.terminate().await;
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_during_the_start_is_heeded() {
    let home = Home::new();
    let mut child = home.spawn_service();
    wait_until("the start of Postgres", || home.processes().len() > 1).await;
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap(),
        Signal::INT,
    )
    .unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0), "{}", home.log());
    home.expect_quiet().await;
    home.serve().await.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_on_the_same_data_is_refused_and_the_first_is_not_disturbed() {
    let home = Home::new();
    let first = home.serve().await;
    let complaint = home.run(&["serve"]).await.expect_failure();
    let holder = format!("another usher (process {})", first.pid());
    assert!(complaint.contains(&holder) && complaint.contains("USHER_DATA_DIR"), "{complaint}");
    first.client().register("ada").await.expect_status(201);
    first.terminate().await;
    home.expect_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_in_use_is_named() {
    let home = Home::with_database().await;
    let first = home.serve().await;
    let address = format!("127.0.0.1:{}", first.port());
    let second = Home::with_database().await.set("USHER_LISTEN", &address);
    let complaint = second.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_LISTEN") && complaint.contains(&address), "{complaint}");
    assert!(complaint.contains("in use"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_start_at_once_migrate_one_database_once() {
    let url = usher_testkit::empty_database().await;
    let secret = "the same secret for both replicas, long enough";
    let home = || {
        let home = Home::new().set("DATABASE_URL", &url).set("USHER_SECRET_KEY", secret);
        home.set("USHER_PUBLIC_URL", "http://usher.test")
    };
    let (one, other) = (home(), home());
    let (first, second) = tokio::join!(one.serve(), other.serve());
    first.client().register("ada").await.expect_status(201);
    let ada = second.client().sign_in("ada", PASSWORD).await;
    // A token of the one holds at the other.
    let there = first.client().with_token(ada.access_token().unwrap());
    there.get("/v1/me").await.expect_status(200);
    first.terminate().await;
    second.terminate().await;
}

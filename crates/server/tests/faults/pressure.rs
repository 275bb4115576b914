//! Overload: more requests and connections than the service can serve.

use crate::{
    clients::{Outcome, home, send, status},
    postgres::Postgres,
    process_stats::resident,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use usher_testkit::{PASSWORD, Sql};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn while_every_connection_is_taken_reads_continue_and_writes_get_503() {
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    // A write to her row waits for this and holds a connection.
    let mut sql = Sql::connect(postgres.url()).await;
    sql.execute("BEGIN").await;
    sql.execute("SELECT 1 FROM users WHERE username = 'ada' FOR UPDATE").await;
    let mut writes = JoinSet::new();
    for n in 0..60 {
        let request = ada.request("PATCH", &ada.path()).json(&serde_json::json!({ "username": format!("ada{n}") }));
        writes.spawn(send(request));
    }
    Sql::connect(postgres.url()).await.until_waiting(16).await;
    assert_eq!(status(&ada, &ada.path()).await, 200, "a read goes its own way");
    assert_eq!(status(&nobody, "/health/live").await, 200);
    let began = Instant::now();
    while let Some(outcome) = writes.join_next().await {
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, Outcome::Unavailable), "{outcome:?}");
    }
    println!("60 writes on 16 connections that are taken: all got 503 within {:?}", began.elapsed());
    sql.execute("COMMIT").await;
    let body = serde_json::json!({ "username": "ada-again" });
    ada.patch(&ada.path(), &body).await.expect_status(200);
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn too_many_sign_ins_get_503_early_while_reads_continue() {
    let postgres = Postgres::start().await;
    let home = home(postgres.url()).set("USHER_BCRYPT_COST", "12");
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let mut storm = JoinSet::new();
    let began = Instant::now();
    for _ in 0..400 {
        let form = format!("grant_type=password&username=ada&password={PASSWORD}");
        let request = nobody.request("POST", "/v1/oauth/token").body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        storm.spawn(async move { (send(request).await, began.elapsed()) });
    }
    let (mut served, mut unavailable, mut first, mut reads) = (0, 0, None, Vec::new());
    while !storm.is_empty() {
        let sent_at = Instant::now();
        assert_eq!(status(&ada, &ada.path()).await, 200);
        assert_eq!(status(&nobody, "/health/live").await, 200);
        reads.push(sent_at.elapsed());
        while let Some(done) = storm.try_join_next() {
            match done.unwrap() {
                (Outcome::Answered(200, _), _) => served += 1,
                (Outcome::Unavailable, at) => {
                    unavailable += 1;
                    first.get_or_insert(at);
                }
                (other, _) => panic!("{other:?}"),
            }
        }
    }
    reads.sort();
    println!(
        "400 sign-ins at once: {served} served and {unavailable} got 503 within {:?}, the first after {first:?}; {} reads \
         during that, half of them within {:?}, 99 of 100 within {:?}",
        began.elapsed(),
        reads.len() * 2,
        reads[reads.len() / 2],
        reads[reads.len() * 99 / 100]
    );
    assert!(served > 0 && unavailable > 0);
    service.terminate().await;
    postgres.stop().await;
}

/// Raises the limit of open files to the maximum; returns it, if there is one.
pub fn open_many_files() -> Option<u64> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    maximum
}

/// A connection on which these bytes were sent.
pub async fn sent(port: u16, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn clients_that_send_slowly_or_never_read_are_disconnected_and_delay_no_others() {
    const EACH: usize = 200;
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let (mut slow, mut deaf) = (Vec::new(), Vec::new());
    let read = "GET /openapi.json HTTP/1.1\r\nHost: usher\r\n\r\n".repeat(50);
    for _ in 0..EACH {
        slow.push(sent(service.port(), "GET /v1 HTTP/1.1\r\nHost: us").await);
        let head = "POST /v1/register HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\n\
                    Content-Length: 99\r\n\r\n{";
        slow.push(sent(service.port(), head).await);
        deaf.push(sent(service.port(), &read).await);
    }
    let mut worst = Duration::ZERO;
    let began = Instant::now();
    let ends = async {
        for mut stream in slow {
            let mut answer = Vec::new();
            // A connection that is reset has been closed too.
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
        }
    };
    tokio::pin!(ends);
    loop {
        let sent_at = Instant::now();
        assert_eq!(status(&ada, &ada.path()).await, 200);
        worst = worst.max(sent_at.elapsed());
        if timeout(Duration::from_millis(20), &mut ends).await.is_ok() {
            break;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "slow clients are still there");
    }
    println!(
        "{} slow clients and {EACH} that do not read: the slow ones were let go within {:?}; the slowest of the reads \
         during that took {worst:?}",
        2 * EACH,
        began.elapsed()
    );
    drop(deaf);
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn ten_thousand_idle_connections_delay_no_request() {
    let maximum = open_many_files();
    let room = maximum.map_or(10_000, |most| most.saturating_sub(500).min(10_000));
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let before = resident(service.pid());
    let mut idle = Vec::new();
    for _ in 0..room {
        idle.push(sent(service.port(), "").await);
    }
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(status(&ada, &ada.path()).await, 200);
    }
    println!(
        "{room} idle connections: 100 reads in {:?}; memory {before} kB before, {} kB with them",
        began.elapsed(),
        resident(service.pid())
    );
    drop(idle);
    service.terminate().await;
    postgres.stop().await;
}

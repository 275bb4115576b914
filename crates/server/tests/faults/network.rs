//! The network between the service and its database fails.

use crate::{
    clients::{home, status},
    postgres::Postgres,
    proxy::{Proxy, ProxyMode},
    writers::Writers,
};
use std::{
    fmt::Write,
    ops::Range,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Child,
    time::timeout,
};
use usher_testkit::Sql;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn connections_that_are_cut_during_transactions_leave_no_partial_writes() {
    const CUTS: usize = 150;
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let home = home(&proxy.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(10).await;
    for n in 0..CUTS {
        proxy.set(ProxyMode::CutConnections(n));
        // Some cuts follow each other quickly, some leave time for many statements, so they hit transactions at any point.
        tokio::time::sleep(Duration::from_millis(7 + n as u64 * 13 % 61)).await;
    }
    let began = Instant::now();
    writers.progress(1).await;
    println!("{CUTS} cuts: writes again {:?} after the last", began.elapsed());
    writers.progress(40).await;
    assert_eq!(writers.lost(), 0, "the service itself did not fail");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn requests_do_not_wait_for_a_network_that_drops_everything() {
    const SILENCE: Duration = Duration::from_secs(14);
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let home = home(&proxy.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(40).await;
    proxy.set(ProxyMode::DropTraffic);
    // Earlier requests may have waited for a password hash too.
    writers.measure_waits();
    let began = Instant::now();
    writers.trouble().await;
    println!("the network swallows: the first 503 {:?} later", began.elapsed());
    while began.elapsed() < SILENCE {
        assert_eq!(status(&service.client(), "/health/live").await, 200);
        assert_eq!(status(&service.client(), "/health/ready").await, 503);
    }
    proxy.set(ProxyMode::Forward);
    let began = Instant::now();
    writers.progress(1).await;
    println!("the network is back: writes again {:?} later", began.elapsed());
    writers.progress(40).await;
    let longest = writers.longest_wait();
    println!("the longest wait for an answer was {longest:?}");
    assert!(longest < SILENCE, "requests waited until the network was back");
    assert_eq!(writers.lost(), 0, "the service itself did not fail");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}

/// The lines of a file of users, by their numbers.
fn lines(users: Range<usize>) -> String {
    users.fold(String::new(), |mut lines, n| {
        writeln!(lines, "user{n},user{n}@example.com").unwrap();
        lines
    })
}

/// Waits until a query finds something.
async fn until_found(sql: &mut Sql, query: &str) {
    let found = async {
        while sql.rows(query).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_mins(1), found).await.is_ok(), "waited in vain for {query}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_command_does_not_wait_for_a_silent_database() {
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let home = home(&proxy.url());
    home.run(&["migrate"]).await.expect_success();
    let mut sql = Sql::connect(postgres.url()).await;
    let gathered =
        "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%gathered_users%'";
    let imports: [(&[&str], &str, usize); 2] = [
        (&["user", "import", "-", "--format", "csv", "--all-or-nothing"], gathered, 0),
        (&["user", "import", "-", "--format", "csv"], "SELECT id FROM users WHERE username = 'user999'", 1000),
    ];
    for (import, under_way, added) in imports {
        let mut command = home.command(import).stdin(Stdio::piped()).spawn().unwrap();
        let mut file = command.stdin.take().unwrap();
        file.write_all(format!("username,email\n{}", lines(0..1000)).as_bytes()).await.unwrap();
        until_found(&mut sql, under_way).await;
        proxy.set(ProxyMode::DropTraffic);
        file.write_all(lines(1000..3000).as_bytes()).await.unwrap();
        let said = gives_up(command).await;
        assert!(said.contains(&format!("{added} users were added")), "{said}");
        proxy.set(ProxyMode::Forward);
        let there = sql.rows("SELECT count(*) FROM users").await;
        assert_eq!(there[0]["count"], added, "{import:?}");
        drop(file);
    }
    let file = home.file("users.csv", &format!("username,email\n{}", lines(1000..5000)));
    home.run(&["user", "import", &file]).await.expect_success();
    // It cannot write more than a pipe holds, so it has not read all users at this point.
    let mut command = home.command(&["user", "export", "-"]).spawn().unwrap();
    let mut users = command.stdout.take().unwrap();
    users.read_exact(&mut [0; 8]).await.unwrap();
    proxy.set(ProxyMode::DropTraffic);
    let rest = tokio::spawn(async move { users.read_to_end(&mut Vec::new()).await });
    gives_up(command).await;
    rest.await.unwrap().unwrap();
    postgres.stop().await;
}

/// The command ends by itself and reports that the database does not answer.
async fn gives_up(command: Child) -> String {
    let began = Instant::now();
    let output = timeout(Duration::from_secs(30), command.wait_with_output()).await.expect("an end").unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("no answer within 10 s"), "{said}");
    println!("a command gave the silent database up after {:?}", began.elapsed());
    said
}

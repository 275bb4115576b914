//! The supervisor: a Postgres that ends is restarted.

use crate::{
    connection::{connect, query},
    processes::{eventually, is_running, kill, ps},
    test_dir::TestDir,
};
use usher_private_postgres::{Durability, Options, PrivatePostgres};

#[tokio::test]
async fn a_postgres_that_is_killed_is_restarted_under_the_same_url() {
    let dir = TestDir::new();
    let options = Options { durability: Durability::Durable, ..dir.options() };
    let postgres = PrivatePostgres::start(options).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    for _ in 0..2 {
        let pid = dir.postmaster();
        kill("-KILL", pid);
        let client = eventually("a Postgres that answers", async || {
            if dir.recorded_postmaster() == Some(pid) { None } else { connect(postgres.url()).await.ok() }
        })
        .await;
        assert_eq!(query(&client, "SELECT name FROM kept").await, "ada");
    }
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_whose_watchdog_is_killed_is_replaced() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let pid = dir.postmaster();
    kill("-KILL", ps("ppid=", pid).parse().unwrap());
    eventually("another Postgres", async || {
        if dir.recorded_postmaster() == Some(pid) { None } else { connect(postgres.url()).await.ok() }
    })
    .await;
    assert!(!is_running(pid));
    postgres.stop().await.unwrap();
}

//! Stopping, and what runs until then.

use crate::{
    connection::connect,
    processes::{eventually, is_running, ps},
    test_dir::TestDir,
};
use std::fs::{self, File};
use usher_private_postgres::running;

#[tokio::test]
async fn a_stop_leaves_no_process_no_socket_and_no_lock() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    // A busy session does not delay the stop.
    let client = connect(postgres.url()).await.unwrap();
    let busy = tokio::spawn(async move { client.batch_execute("SELECT pg_sleep(600)").await });
    let pid = dir.postmaster();
    let watchdog = ps("ppid=", pid).parse().unwrap();
    postgres.stop().await.unwrap();

    assert!(busy.await.unwrap().is_err());
    assert!(!is_running(pid));
    assert!(!is_running(watchdog));
    assert_eq!(fs::read_dir(dir.data_dir().join("socket")).unwrap().count(), 0);
    File::open(dir.data_dir().join("postgres.lock")).unwrap().try_lock().unwrap();
}

#[tokio::test]
async fn a_postgres_that_is_dropped_ends() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let pid = dir.postmaster();
    drop(postgres);
    eventually("its end", async || (!is_running(pid)).then_some(())).await;
}

#[tokio::test]
async fn it_is_found_only_while_it_runs() {
    let dir = TestDir::new();
    assert_eq!(running(&dir.data_dir()).unwrap(), None);
    let postgres = dir.start().await;
    let url = running(&dir.data_dir()).unwrap().unwrap();
    assert_eq!(url, postgres.url());
    connect(&url).await.unwrap();
    postgres.stop().await.unwrap();
    assert_eq!(running(&dir.data_dir()).unwrap(), None);
}

#[test]
fn it_outlives_the_runtime_that_started_it() {
    let dir = TestDir::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let postgres = runtime().block_on(dir.start());
    runtime().block_on(async {
        connect(postgres.url()).await.unwrap();
        postgres.stop().await.unwrap();
    });
}

#[tokio::test]
async fn ctrl_c_in_the_terminal_reaches_only_the_service() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let ours = ps("pgid=", i32::try_from(std::process::id()).unwrap());
    assert_ne!(ps("pgid=", dir.postmaster()), ours);
    postgres.stop().await.unwrap();
}

//! What remains after the process that started Postgres was killed.

use crate::{
    connection::{connect, query},
    processes::{eventually, is_running, ps},
    test_dir::{TestDir, options},
};
use std::{
    env, fs,
    process::{Child, Command, Stdio},
};
use usher_private_postgres::{PrivatePostgres, running};

/// The data directory of the process that a test starts in order to kill it.
const SERVE: &str = "USHER_TEST_SERVE_UNTIL_KILLED";

#[tokio::test]
async fn the_postgres_of_a_killed_service_ends_and_loses_nothing() {
    let dir = TestDir::new();
    let mut service = Service::start(&dir);
    let client =
        eventually("the service's Postgres", async || connect(&running(&dir.data_dir()).unwrap()?).await.ok()).await;
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    let pid = dir.postmaster();
    let watchdog = ps("ppid=", pid).parse().unwrap();
    service.kill();
    eventually("the end of Postgres", async || (!is_running(pid)).then_some(())).await;
    eventually("the end of its watchdog", async || (!is_running(watchdog)).then_some(())).await;
    assert_eq!(running(&dir.data_dir()).unwrap(), None);

    let postgres = dir.start().await;
    assert_eq!(query(&connect(postgres.url()).await.unwrap(), "SELECT name FROM kept").await, "ada");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_right_after_the_service_was_killed_waits_for_its_postgres() {
    let dir = TestDir::new();
    let mut service = Service::start(&dir);
    eventually("the service's Postgres", async || connect(&running(&dir.data_dir()).unwrap()?).await.ok()).await;
    let pid = dir.postmaster();
    service.kill();
    let postgres = dir.start().await;
    assert!(!is_running(pid));
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_killed_while_postgres_starts_leaves_nothing_running() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    let mut service = Service::start(&dir);
    let pid = eventually("a starting Postgres", async || dir.recorded_postmaster()).await;
    service.kill();
    eventually("the end of Postgres", async || (!is_running(pid)).then_some(())).await;
}

#[tokio::test]
async fn a_recorded_process_id_that_now_belongs_to_another_program_does_not_prevent_a_start() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    let text = format!(
        "{}\n{}\n1700000000\n5432\n{}\n\n  0 0\nready   \n",
        std::process::id(),
        dir.cluster().display(),
        dir.data_dir().join("socket").display()
    );
    fs::write(dir.cluster().join("postmaster.pid"), text).unwrap();
    let postgres = dir.start().await;
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

/// Not a test: the process that other tests start and kill.
#[tokio::test]
#[ignore = "is run by other tests in a process of its own"]
async fn serve_until_killed() {
    let Some(data_dir) = env::var_os(SERVE) else {
        return;
    };
    let _postgres = PrivatePostgres::start(options(data_dir.into())).await.unwrap();
    std::future::pending::<()>().await;
}

/// Another process that runs a private Postgres. Dropping it kills the process.
struct Service(Child);

impl Service {
    fn start(dir: &TestDir) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "killed_service::serve_until_killed", "--ignored", "--nocapture"])
            .env(SERVE, dir.data_dir())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

//! The private Postgres with real processes, each test in its own directory.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    env,
    fs::{self, DirBuilder, File},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio_postgres::{Client, NoTls};
use usher_private_postgres::{Durability, Error, Options, PrivatePostgres, running};
use uuid::Uuid;

/// The data directory of the process that a test starts in order to kill it.
const SERVE: &str = "USHER_TEST_SERVE_UNTIL_KILLED";

#[tokio::test]
async fn a_cluster_is_created_once_and_keeps_its_data_across_restarts() {
    let dir = TestDir::new();
    let options = Options { durability: Durability::Durable, ..dir.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    let first = identity(&client).await;
    assert_eq!(query(&client, "SELECT current_setting('fsync')").await, "on");
    assert_eq!(query(&client, "SELECT current_setting('listen_addresses')").await, "");
    postgres.stop().await.unwrap();

    let postgres = PrivatePostgres::start(options).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(identity(&client).await, first);
    assert_eq!(query(&client, "SELECT name FROM kept").await, "ada");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn text_sorts_by_code_point_and_the_needed_extension_and_settings_exist() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(query(&client, "SELECT current_setting('server_encoding')").await, "UTF8");
    assert_eq!(
        query(&client, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['é', 'a', 'b', 'Z']) x").await,
        "Zabé"
    );
    client.batch_execute("CREATE EXTENSION pg_trgm").await.unwrap();
    assert_eq!(query(&client, "SELECT current_setting('max_connections')").await, "20");
    assert_eq!(query(&client, "SELECT current_setting('fsync')").await, "off");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_on_the_same_directory_is_refused_with_the_process_id_of_the_first() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err().to_string();
    assert!(refusal.contains(dir.data_dir().to_str().unwrap()), "{refusal}");
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_that_is_too_deep_for_a_socket_is_served_and_found() {
    let dir = TestDir::new();
    let deep = dir.path.join("d".repeat(60)).join("e".repeat(60));
    let options = Options { data_dir: deep.clone(), ..dir.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    connect(postgres.url()).await.unwrap();
    assert_eq!(running(&deep).unwrap().as_deref(), Some(postgres.url()));
    let sockets = socket_dir(postgres.url());
    assert_eq!(fs::metadata(&sockets).unwrap().mode() & 0o777, 0o700);
    postgres.stop().await.unwrap();
    assert!(!sockets.exists(), "the dir in {} still exists", sockets.display());

    // It has been deleted, so the next start needs another.
    let postgres = PrivatePostgres::start(options).await.unwrap();
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_of_the_socket_that_is_a_link_is_not_used() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    let sockets = dir.data_dir().join("socket");
    fs::remove_dir(&sockets).unwrap();
    let theirs = dir.path.join("theirs");
    fs::create_dir(&theirs).unwrap();
    symlink(&theirs, &sockets).unwrap();

    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err();
    assert!(matches!(&refusal, Error::Untrusted { path, .. } if *path == sockets), "{refusal}");
}

#[tokio::test]
async fn a_directory_that_only_root_may_enter_keeps_its_owner_and_is_served() {
    if !is_root() {
        return;
    }
    let dir = TestDir::new();
    fs::set_permissions(&dir.path, fs::Permissions::from_mode(0o700)).unwrap();
    let postgres = dir.start().await;
    let client = connect(postgres.url()).await.unwrap();
    let first = identity(&client).await;
    assert_eq!(running(&dir.data_dir()).unwrap().as_deref(), Some(postgres.url()));
    assert_ne!(fs::metadata(dir.cluster()).unwrap().uid(), 0);
    for entry in fs::read_dir(dir.data_dir()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), 0, "{entry:?}");
    }
    postgres.stop().await.unwrap();

    let postgres = dir.start().await;
    assert_eq!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    postgres.stop().await.unwrap();

    // After the data directory is removed, the next start creates an empty cluster and removes the orphaned one.
    let left = dir.cluster();
    fs::remove_dir_all(dir.data_dir()).unwrap();
    let postgres = dir.start().await;
    assert_ne!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    assert!(!left.exists());
    postgres.stop().await.unwrap();
}

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

#[tokio::test]
async fn an_unfinished_cluster_is_removed() {
    let dir = TestDir::new();
    let half = dir.data_dir().join("postgres.new-0123456789ab");
    fs::create_dir_all(half.join("base")).unwrap();
    fs::set_permissions(dir.data_dir(), fs::Permissions::from_mode(0o711)).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let postgres = dir.start().await;
    connect(postgres.url()).await.unwrap();
    assert!(!half.exists());
    postgres.stop().await.unwrap();
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

#[tokio::test]
async fn a_cluster_of_a_version_that_is_not_installed_is_refused_with_that_version() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    fs::write(dir.cluster().join("PG_VERSION"), "13\n").unwrap();
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err();
    assert!(matches!(refusal, Error::WrongVersion { needs: 13, .. }), "{refusal}");
    assert!(refusal.to_string().contains("Install Postgres 13"), "{refusal}");
}

#[tokio::test]
async fn the_error_of_a_postgres_that_cannot_start_has_the_end_of_its_log() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    fs::write(dir.cluster().join("postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err().to_string();
    assert!(refusal.contains("no_such_setting"), "{refusal}");
    assert_eq!(running(&dir.data_dir()).unwrap(), None);
}

#[test]
fn the_error_without_binaries_has_the_commands_that_install_them() {
    let message = Error::NoBinaries.to_string();
    for part in [
        "sudo apt-get install postgresql\n",
        "brew install postgresql@17\n",
        "sudo dnf install postgresql-server postgresql-contrib\n",
        "DATABASE_URL",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

/// The directory of a test. Removed at the end, together with a cluster outside it.
struct TestDir {
    path: PathBuf,
}

impl TestDir {
    fn new() -> Self {
        let mut name = Uuid::now_v7().simple().to_string();
        let path = Path::new("/tmp").join(format!("usher-test-{}", name.split_off(20)));
        DirBuilder::new().mode(0o755).create(&path).unwrap();
        Self { path: fs::canonicalize(path).unwrap() }
    }

    fn data_dir(&self) -> PathBuf {
        self.path.join("data")
    }

    fn options(&self) -> Options {
        options(self.data_dir())
    }

    async fn start(&self) -> PrivatePostgres {
        PrivatePostgres::start(self.options()).await.unwrap()
    }

    fn relocated_to(&self) -> Option<PathBuf> {
        let record = fs::read_to_string(self.data_dir().join("postgres.place")).ok()?;
        record.lines().find_map(|line| line.strip_prefix("home ").map(PathBuf::from))
    }

    fn cluster(&self) -> PathBuf {
        self.relocated_to().unwrap_or_else(|| self.data_dir()).join("postgres")
    }

    fn recorded_postmaster(&self) -> Option<i32> {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    fn postmaster(&self) -> i32 {
        self.recorded_postmaster().unwrap()
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        if let Some(relocated) = self.relocated_to() {
            let _ = fs::remove_dir_all(relocated);
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Another process that runs a private Postgres. Dropping it kills the process.
struct Service(Child);

impl Service {
    fn start(dir: &TestDir) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "serve_until_killed", "--ignored", "--nocapture"])
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

fn options(data_dir: PathBuf) -> Options {
    Options { data_dir, durability: Durability::Throwaway, max_connections: 20 }
}

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn query(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Identifies the cluster.
async fn identity(client: &Client) -> String {
    query(client, "SELECT system_identifier::text FROM pg_control_system()").await
}

fn socket_dir(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    match config.get_hosts() {
        [tokio_postgres::config::Host::Unix(dir)] => dir.clone(),
        other => panic!("{other:?} is not the directory of a socket"),
    }
}

/// Retries `ask` until it returns a value, for at most half a minute.
async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.trim_ascii() == b"0"
}

fn kill(signal: &str, pid: i32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

fn ps(column: &str, pid: i32) -> String {
    let output = Command::new("ps").args(["-o", column, "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Whether the process runs. A zombie does not.
fn is_running(pid: i32) -> bool {
    let state = ps("stat=", pid);
    !state.is_empty() && !state.starts_with('Z')
}

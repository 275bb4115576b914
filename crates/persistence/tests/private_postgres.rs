//! The private Postgres, with real processes in folders of their own.

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
use usher_persistence::embedded::{Durability, EmbeddedError, Options, PrivatePostgres, running};
use uuid::Uuid;

/// Names the data directory to the process that a test starts in order to kill it.
const SERVE: &str = "USHER_TEST_SERVE_UNTIL_KILLED";

#[tokio::test]
async fn a_cluster_is_made_once_and_keeps_its_data_over_restarts() {
    let folder = Folder::new();
    let options = Options { durability: Durability::Durable, ..folder.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    let first = identity(&client).await;
    assert_eq!(ask(&client, "SELECT current_setting('fsync')").await, "on");
    assert_eq!(ask(&client, "SELECT current_setting('listen_addresses')").await, "");
    postgres.stop().await.unwrap();

    let postgres = PrivatePostgres::start(options).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(identity(&client).await, first);
    assert_eq!(ask(&client, "SELECT name FROM kept").await, "ada");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn text_sorts_by_code_point_and_what_usher_needs_is_there() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(ask(&client, "SELECT current_setting('server_encoding')").await, "UTF8");
    assert_eq!(
        ask(&client, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['é', 'a', 'b', 'Z']) x").await,
        "Zabé"
    );
    client.batch_execute("CREATE EXTENSION pg_trgm").await.unwrap();
    assert_eq!(ask(&client, "SELECT current_setting('max_connections')").await, "20");
    assert_eq!(ask(&client, "SELECT current_setting('fsync')").await, "off");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_start_on_the_same_directory_is_refused_and_told_by_whom() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    let refusal = PrivatePostgres::start(folder.options()).await.unwrap_err().to_string();
    assert!(refusal.contains(folder.data_dir().to_str().unwrap()), "{refusal}");
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_too_deep_for_a_socket_is_served_and_found_all_the_same() {
    let folder = Folder::new();
    let deep = folder.path.join("d".repeat(60)).join("e".repeat(60));
    let options = Options { data_dir: deep.clone(), ..folder.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    connect(postgres.url()).await.unwrap();
    assert_eq!(running(&deep).unwrap().as_deref(), Some(postgres.url()));
    let sockets = socket_folder(postgres.url());
    assert_eq!(fs::metadata(&sockets).unwrap().mode() & 0o777, 0o700);
    postgres.stop().await.unwrap();
    assert!(!sockets.exists(), "the folder in {} is left", sockets.display());

    // It is gone, so that the next start needs another.
    let postgres = PrivatePostgres::start(options).await.unwrap();
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_for_the_socket_that_somebody_else_laid_out_is_not_used() {
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    let sockets = folder.data_dir().join("socket");
    fs::remove_dir(&sockets).unwrap();
    let theirs = folder.path.join("theirs");
    fs::create_dir(&theirs).unwrap();
    symlink(&theirs, &sockets).unwrap();

    let refusal = PrivatePostgres::start(folder.options()).await.unwrap_err();
    assert!(matches!(&refusal, EmbeddedError::Untrusted { path, .. } if *path == sockets), "{refusal}");
}

#[tokio::test]
async fn as_root_a_directory_that_nobody_else_may_enter_stays_roots_and_is_served() {
    if !are_root() {
        return;
    }
    let folder = Folder::new();
    fs::set_permissions(&folder.path, fs::Permissions::from_mode(0o700)).unwrap();
    let postgres = folder.start().await;
    let client = connect(postgres.url()).await.unwrap();
    let first = identity(&client).await;
    assert_eq!(running(&folder.data_dir()).unwrap().as_deref(), Some(postgres.url()));
    assert_ne!(fs::metadata(folder.cluster()).unwrap().uid(), 0);
    for entry in fs::read_dir(folder.data_dir()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), 0, "{entry:?}");
    }
    postgres.stop().await.unwrap();

    let postgres = folder.start().await;
    assert_eq!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    postgres.stop().await.unwrap();

    // Who removes the data directory begins anew, and what a test left elsewhere goes with the next that needs a place.
    let left = folder.cluster();
    fs::remove_dir_all(folder.data_dir()).unwrap();
    let postgres = folder.start().await;
    assert_ne!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    assert!(!left.exists());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_is_killed_comes_back_under_the_same_url() {
    let folder = Folder::new();
    let options = Options { durability: Durability::Durable, ..folder.options() };
    let postgres = PrivatePostgres::start(options).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    for _ in 0..2 {
        let pid = folder.postmaster();
        kill("-KILL", pid);
        let client = eventually("a Postgres that answers", async || {
            if folder.noted_postmaster() == Some(pid) { None } else { connect(postgres.url()).await.ok() }
        })
        .await;
        assert_eq!(ask(&client, "SELECT name FROM kept").await, "ada");
    }
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_postgres_whose_warden_is_killed_is_replaced() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    let pid = folder.postmaster();
    kill("-KILL", ps("ppid=", pid).parse().unwrap());
    eventually("another Postgres", async || {
        if folder.noted_postmaster() == Some(pid) { None } else { connect(postgres.url()).await.ok() }
    })
    .await;
    assert!(!is_running(pid));
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_stop_leaves_no_process_no_socket_and_no_lock() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    // A session that is busy does not hold it up.
    let client = connect(postgres.url()).await.unwrap();
    let busy = tokio::spawn(async move { client.batch_execute("SELECT pg_sleep(600)").await });
    let pid = folder.postmaster();
    let warden = ps("ppid=", pid).parse().unwrap();
    postgres.stop().await.unwrap();

    assert!(busy.await.unwrap().is_err());
    assert!(!is_running(pid));
    assert!(!is_running(warden));
    assert_eq!(fs::read_dir(folder.data_dir().join("socket")).unwrap().count(), 0);
    File::open(folder.data_dir().join("postgres.lock")).unwrap().try_lock().unwrap();
}

#[tokio::test]
async fn a_postgres_that_is_dropped_ends_too() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    let pid = folder.postmaster();
    drop(postgres);
    eventually("its end", async || (!is_running(pid)).then_some(())).await;
}

#[tokio::test]
async fn it_is_found_while_it_runs_and_only_then() {
    let folder = Folder::new();
    assert_eq!(running(&folder.data_dir()).unwrap(), None);
    let postgres = folder.start().await;
    let url = running(&folder.data_dir()).unwrap().unwrap();
    assert_eq!(url, postgres.url());
    connect(&url).await.unwrap();
    postgres.stop().await.unwrap();
    assert_eq!(running(&folder.data_dir()).unwrap(), None);
}

#[test]
fn it_outlives_the_runtime_that_started_it() {
    let folder = Folder::new();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let postgres = runtime().block_on(folder.start());
    runtime().block_on(async {
        connect(postgres.url()).await.unwrap();
        postgres.stop().await.unwrap();
    });
}

#[tokio::test]
async fn a_ctrl_c_in_the_terminal_reaches_the_service_alone() {
    let folder = Folder::new();
    let postgres = folder.start().await;
    let ours = ps("pgid=", i32::try_from(std::process::id()).unwrap());
    assert_ne!(ps("pgid=", folder.postmaster()), ours);
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_that_is_killed_takes_its_postgres_with_it_and_loses_nothing() {
    let folder = Folder::new();
    let mut service = Service::start(&folder);
    let client =
        eventually("the service's Postgres", async || connect(&running(&folder.data_dir()).unwrap()?).await.ok()).await;
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    let pid = folder.postmaster();
    let warden = ps("ppid=", pid).parse().unwrap();
    service.kill();
    eventually("the end of Postgres", async || (!is_running(pid)).then_some(())).await;
    eventually("the end of its warden", async || (!is_running(warden)).then_some(())).await;
    assert_eq!(running(&folder.data_dir()).unwrap(), None);

    let postgres = folder.start().await;
    assert_eq!(ask(&connect(postgres.url()).await.unwrap(), "SELECT name FROM kept").await, "ada");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_start_right_after_the_service_was_killed_waits_for_its_postgres() {
    let folder = Folder::new();
    let mut service = Service::start(&folder);
    eventually("the service's Postgres", async || connect(&running(&folder.data_dir()).unwrap()?).await.ok()).await;
    let pid = folder.postmaster();
    service.kill();
    let postgres = folder.start().await;
    assert!(!is_running(pid));
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_killed_while_postgres_starts_leaves_nothing_running_either() {
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    let mut service = Service::start(&folder);
    let pid = eventually("a starting Postgres", async || folder.noted_postmaster()).await;
    service.kill();
    eventually("the end of Postgres", async || (!is_running(pid)).then_some(())).await;
}

/// Not a test: the process that the tests above start and kill.
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
async fn a_cluster_that_was_half_made_is_discarded() {
    let folder = Folder::new();
    let half = folder.data_dir().join("postgres.new-0123456789ab");
    fs::create_dir_all(half.join("base")).unwrap();
    fs::set_permissions(folder.data_dir(), fs::Permissions::from_mode(0o711)).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let postgres = folder.start().await;
    connect(postgres.url()).await.unwrap();
    assert!(!half.exists());
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_process_id_that_now_belongs_to_another_program_does_not_keep_postgres_down() {
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    let note = format!(
        "{}\n{}\n1700000000\n5432\n{}\n\n  0 0\nready   \n",
        std::process::id(),
        folder.cluster().display(),
        folder.data_dir().join("socket").display()
    );
    fs::write(folder.cluster().join("postmaster.pid"), note).unwrap();
    let postgres = folder.start().await;
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_of_a_version_that_is_not_installed_is_refused_by_number() {
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    fs::write(folder.cluster().join("PG_VERSION"), "13\n").unwrap();
    let refusal = PrivatePostgres::start(folder.options()).await.unwrap_err();
    assert!(matches!(refusal, EmbeddedError::WrongVersion { needs: 13, .. }), "{refusal}");
    assert!(refusal.to_string().contains("Install Postgres 13"), "{refusal}");
}

#[tokio::test]
async fn a_postgres_that_cannot_start_is_reported_with_what_it_said() {
    let folder = Folder::new();
    folder.start().await.stop().await.unwrap();
    fs::write(folder.cluster().join("postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let refusal = PrivatePostgres::start(folder.options()).await.unwrap_err().to_string();
    assert!(refusal.contains("no_such_setting"), "{refusal}");
    assert_eq!(running(&folder.data_dir()).unwrap(), None);
}

#[test]
fn the_error_without_binaries_says_what_to_type() {
    let message = EmbeddedError::NoBinaries.to_string();
    for part in [
        "sudo apt-get install postgresql\n",
        "brew install postgresql@17\n",
        "sudo dnf install postgresql-server postgresql-contrib\n",
        "DATABASE_URL",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

/// A folder of its own for a test, gone when the test ends, and with it what usher put elsewhere for it.
struct Folder {
    path: PathBuf,
}

impl Folder {
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

    fn elsewhere(&self) -> Option<PathBuf> {
        let place = fs::read_to_string(self.data_dir().join("postgres.place")).ok()?;
        place.lines().find_map(|line| line.strip_prefix("home ").map(PathBuf::from))
    }

    fn cluster(&self) -> PathBuf {
        self.elsewhere().unwrap_or_else(|| self.data_dir()).join("postgres")
    }

    fn noted_postmaster(&self) -> Option<i32> {
        let note = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        note.lines().next()?.parse().ok()
    }

    fn postmaster(&self) -> i32 {
        self.noted_postmaster().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(elsewhere) = self.elsewhere() {
            let _ = fs::remove_dir_all(elsewhere);
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Another process that runs a private Postgres. Killed when dropped.
struct Service(Child);

impl Service {
    fn start(folder: &Folder) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "serve_until_killed", "--ignored", "--nocapture"])
            .env(SERVE, folder.data_dir())
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

async fn ask(client: &Client, question: &str) -> String {
    client.query_one(question, &[]).await.unwrap().get(0)
}

/// Tells one cluster from another.
async fn identity(client: &Client) -> String {
    ask(client, "SELECT system_identifier::text FROM pg_control_system()").await
}

fn socket_folder(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    match config.get_hosts() {
        [tokio_postgres::config::Host::Unix(folder)] => folder.clone(),
        other => panic!("{other:?} is no folder of a socket"),
    }
}

/// Asks again until there is an answer, for half a minute at most.
async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn are_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.trim_ascii() == b"0"
}

fn kill(signal: &str, pid: i32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

fn ps(column: &str, pid: i32) -> String {
    let output = Command::new("ps").args(["-o", column, "-p", &pid.to_string()]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Whether the process still does anything; one that has ended and that nobody has waited for does not.
fn is_running(pid: i32) -> bool {
    let state = ps("stat=", pid);
    !state.is_empty() && !state.starts_with('Z')
}

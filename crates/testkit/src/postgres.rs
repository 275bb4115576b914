//! One Postgres for all tests of a process, and a database for each.
//!
//! Many short runs share one that the example `postgres` holds: making one costs more than some of them.

use crate::Sql;
use diesel::sql_query;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{runtime::Runtime, sync::Semaphore};
use usher_persistence::migrate;
use usher_private_postgres::{Durability, Options, PrivatePostgres};

/// The template is copied by this many at a time.
const COPIES: usize = 4;
const TEMPLATE: &str = "usher";
const FOLDER: &str = "usher-test-";
const DATABASE: &str = "t";
/// Names the Postgres that is shared, if one is.
pub const SHARED: &str = "USHER_TEST_POSTGRES";

/// The server, and the runtime that it lives on. Never dropped: the Postgres ends when this process does, if it is not shared.
struct Server {
    url: String,
    _runtime: Runtime,
    _postgres: Option<PrivatePostgres>,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static COPYING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(COPIES));
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The URL of a new database that has been migrated.
pub async fn new_database() -> String {
    copy(TEMPLATE).await
}

/// The URL of a new database that has not been migrated.
pub async fn empty_database() -> String {
    copy("template1").await
}

/// The URL of a new database that has been migrated and whose errors are in German; `None`, and a line that says so, where this
/// machine lacks the locale or the translations.
///
/// # Panics
/// In CI, which installs both.
pub async fn german_database() -> Option<String> {
    let url = new_database().await;
    let mut sql = Sql::connect(&url).await;
    let (_, name) = url.rsplit_once('/').unwrap();
    let is_set = sql.error(&format!("ALTER DATABASE {name} SET lc_messages = 'de_DE.UTF-8'")).await.is_none();
    let error = Sql::connect(&url).await.error("SELECT 1/0").await.unwrap();
    if is_set && error.contains("Division durch Null") {
        return Some(url);
    }
    assert!(std::env::var_os("CI").is_none(), "there is no German Postgres here: {error}");
    println!("passed over: this machine lacks the locale de_DE.UTF-8 or the German translation of Postgres");
    None
}

async fn copy(template: &str) -> String {
    let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(start)).await.unwrap();
    let name = format!("{DATABASE}{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let _turn = COPYING.acquire().await.unwrap();
    let mut connection = AsyncPgConnection::establish(&database_url(&server.url, "postgres")).await.unwrap();
    sql_query(format!("CREATE DATABASE {name} TEMPLATE {template}")).execute(&mut connection).await.unwrap();
    database_url(&server.url, &name)
}

/// A new folder, which goes when this process has ended.
pub(crate) fn new_folder() -> PathBuf {
    let folder = data_dir().join(format!("service-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn data_dir() -> PathBuf {
    std::env::temp_dir().join(format!("{FOLDER}{}", std::process::id()))
}

fn start() -> Server {
    // A thread of its own: the caller is inside a runtime, where a second one cannot be started.
    std::thread::spawn(|| {
        // This process does not wait for it: the next one removes what is left.
        std::thread::spawn(sweep);
        let runtime = Runtime::new().unwrap();
        let (url, postgres) = if let Ok(url) = std::env::var(SHARED) {
            runtime.spawn(sweep_databases(url.clone()));
            (url, None)
        } else {
            let postgres = runtime.block_on(start_postgres());
            (postgres.url().to_owned(), Some(postgres))
        };
        Server { url, _runtime: runtime, _postgres: postgres }
    })
    .join()
    .unwrap()
}

/// A Postgres for tests, with the template in it.
pub async fn start_postgres() -> PrivatePostgres {
    let options = Options { data_dir: data_dir(), durability: Durability::Throwaway, max_connections: 300 };
    let postgres = PrivatePostgres::start(options).await.unwrap();
    migrate(postgres.url()).await.unwrap();
    postgres
}

/// Removes what test runs that have ended left behind.
fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.file_name().and_then(|name| name.to_str()?.strip_prefix(FOLDER)).is_some_and(has_ended) {
            // Another run may be sweeping too.
            drop(fs::remove_dir_all(&path));
        }
    }
}

/// The same, of databases.
async fn sweep_databases(url: String) {
    let mut sql = Sql::connect(&database_url(&url, "postgres")).await;
    for row in sql.rows("SELECT datname FROM pg_database").await {
        let name = row["datname"].as_str().unwrap();
        let pid = name.strip_prefix(DATABASE).and_then(|name| name.split('_').next());
        if pid.is_some_and(has_ended) {
            // Another run may be sweeping too.
            sql.refuses(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// Whether it is the id of a process, and of one that has ended.
fn has_ended(pid: &str) -> bool {
    pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists()
}

/// The same server's URL for another database.
fn database_url(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

//! `PgBouncer` between the service and its Postgres, with errors whose texts differ from those of Postgres.

use crate::{
    clients::{home, status},
    postgres::Postgres,
    proxy::{Proxy, ProxyMode},
};
use serde_json::json;
use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};
use tokio::net::TcpStream;
use usher_testkit::{PASSWORD, Person, Sql};

struct PgBouncer {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl PgBouncer {
    /// In front of a Postgres at this address, with these settings in addition to the usual ones.
    async fn start(postgres: &Proxy, settings: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("usher-pgbouncer-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\nusher = host=127.0.0.1 port={} dbname=usher user=usher\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = session\n{settings}\n",
            postgres.address().port()
        );
        fs::write(&file, text).unwrap();
        let mut command = Command::new("pgbouncer");
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/local/sbin:/usr/sbin:/sbin")).arg("-q");
        if rustix::process::getuid().is_root() {
            command.args(["-u", "nobody"]);
        }
        let process = command.arg(&file).spawn().expect("pgbouncer: make install-cluster installs it");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "PgBouncer does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { process, folder, port }
    }

    fn url(&self) -> String {
        format!("postgres://usher@127.0.0.1:{}/usher", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

async fn rename(ada: &Person, name: &str) -> u16 {
    status_of(ada.request("PATCH", &ada.path()).json(&json!({ "username": name }))).await
}

/// The status of an answer; a 503 must have `Retry-After`.
async fn status_of(request: reqwest::RequestBuilder) -> u16 {
    use crate::clients::{Outcome, send};
    match send(request).await {
        Outcome::Answered(status, _) => status,
        Outcome::Unavailable => 503,
        Outcome::Lost => 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn errors_of_pgbouncer_are_understood() {
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let settings = "query_timeout = 1\nquery_wait_timeout = 2\nserver_login_retry = 0.2\nserver_connect_timeout = 2";
    let pooler = PgBouncer::start(&proxy, settings).await;
    let home = home(&pooler.url());
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let mut sql = Sql::connect(postgres.url()).await;

    // A write and a read that take longer than PgBouncer allows.
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
    assert_eq!(rename(&ada, "ada1").await, 503, "query_timeout");
    sql.execute("ROLLBACK").await;
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE users").await;
    assert_eq!(status(&ada, &ada.path()).await, 503, "query_timeout of a read");
    sql.execute("ROLLBACK").await;
    assert_eq!(rename(&ada, "ada2").await, 200);

    // Its connections to Postgres are cut while statements wait.
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
    let cut = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.set(ProxyMode::CutConnections(1));
    };
    let (renamed, ()) = tokio::join!(rename(&ada, "ada3"), cut);
    assert_eq!(renamed, 503, "server conn crashed");
    sql.execute("ROLLBACK").await;
    assert_eq!(rename(&ada, "ada4").await, 200);

    // Postgres is unavailable.
    proxy.set(ProxyMode::DropTraffic);
    assert_eq!(rename(&ada, "ada5").await, 503, "a server that does not answer");
    assert_eq!(status(&service.client(), "/health/ready").await, 503);
    proxy.set(ProxyMode::Forward);
    let began = Instant::now();
    while rename(&ada, "ada6").await != 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "no write succeeds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    service.terminate().await;
    drop(pooler);
    postgres.stop().await;
}

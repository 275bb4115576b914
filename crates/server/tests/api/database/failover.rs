//! The primary changes, and some of the hosts in the URL do not answer.

use serde_json::json;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use usher_testkit::{Options, PASSWORD, Person, Sql, TestApp, new_database};

/// Makes the database read-only for sessions that begin from now on, or no longer so. A session keeps what it began with,
/// as one with a former primary does.
async fn set_read_only(sql: &mut Sql, read_only: bool) {
    let name = sql.rows("SELECT current_database() AS name").await[0]["name"].as_str().unwrap().to_owned();
    sql.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")).await;
}

/// Closes all other sessions.
async fn close_sessions(sql: &mut Sql) {
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql.execute(&format!("SELECT pg_terminate_backend(pid) {others}")).await;
}

/// Has the service use all of its connections at once.
async fn use_all_connections(admin: &Person) {
    let requests: Vec<_> = (0..40).map(|_| admin.clone()).collect();
    let requests = requests.iter().map(|admin| admin.get("/v1/users?limit=100"));
    for answer in futures_util::future::join_all(requests).await {
        answer.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_former_primary_are_closed_at_the_first_refused_write() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let mut sql = app.sql().await;
    let ready = "/health/ready";
    app.nobody().get(ready).await.expect_status(200);
    set_read_only(&mut sql, true).await;
    close_sessions(&mut sql).await;
    use_all_connections(&admin).await;
    for name in ["ada1", "ada2"] {
        ada.patch(&ada.path(), &json!({ "username": name })).await.expect_problem(503, "unavailable");
    }
    app.nobody().get(ready).await.expect_problem(503, "unavailable");
    use_all_connections(&admin).await;
    let before = sql.rows("SELECT now()::text AS at").await[0]["at"].as_str().unwrap().to_owned();
    tokio::time::sleep(Duration::from_millis(1100)).await;

    // New connections reach a primary from now on.
    set_read_only(&mut sql, false).await;
    let body = json!({ "username": "ada3" });
    let first = ada.patch(&ada.path(), &body).await;
    assert!([200, 503].contains(&first.status), "{}", first.text);
    for n in 0..20 {
        ada.patch(&ada.path(), &json!({ "username": format!("ada3x{n}") })).await.expect_status(200);
        app.nobody().get(ready).await.expect_status(200);
    }
    // Reads have left it too.
    ada.get(&ada.path()).await.expect_status(200);
    let left = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND backend_start < '{before}'"
    );
    assert_eq!(sql.rows(&left).await.len(), 0, "sessions with the former primary");
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_recovers_from_a_former_primary_without_any_write() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut sql = app.sql().await;
    set_read_only(&mut sql, true).await;
    close_sessions(&mut sql).await;
    use_all_connections(&admin).await;
    app.nobody().get("/health/ready").await.expect_problem(503, "unavailable");
    set_read_only(&mut sql, false).await;
    let began = Instant::now();
    while app.nobody().get("/health/ready").await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(5), "still not ready");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_accepts_connections_and_is_silent_does_not_prevent_trying_the_next() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = new_database().await;
    let (scheme, rest) = url.split_once('@').unwrap();
    let port = silent.local_addr().unwrap().port();
    let (host, name) = rest.split_once('/').unwrap();
    let (host, own_port) = host.rsplit_once(':').unwrap();
    let hosts =
        format!("{scheme}@127.0.0.1:{port},127.0.0.1:{port},{host}:{own_port}/{name}?target_session_attrs=read-write");
    let app = TestApp::with(Options { database_url: Some(hosts), ..Options::default() }).await;
    let began = Instant::now();
    let ada = app.user("ada").await;
    ada.patch(&ada.path(), &json!({ "username": "ada1" })).await.expect_status(200);
    app.nobody().sign_in("ada1", PASSWORD).await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

//! Another server becomes the primary, while connections to the former one stay open.

use crate::{
    clients::{home, status},
    home::Home,
    postgres::Postgres,
    proxy::{Proxy, ProxyMode},
};
use serde_json::json;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use usher_testkit::{PASSWORD, Person, Sql};

/// Two servers with the same data, a home with its secret key, and a user who is signed in at both. The first accepts writes,
/// the second after it.
async fn pair(name: &str) -> (Postgres, Postgres, Home, Person) {
    let folder = |which: &str| -> PathBuf {
        std::env::temp_dir().join(format!("usher-failover-{}-{name}-{which}", std::process::id()))
    };
    let mut first = Postgres::start_in(folder("a")).await;
    let home = home(first.url());
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    service.terminate().await;
    let second = first.copy(folder("b")).await;
    (first, second, home, ada)
}

/// Makes a server refuse writes, as a former primary that has become a standby does.
async fn make_read_only(postgres: &Postgres) {
    let mut sql = Sql::connect(postgres.url()).await;
    sql.execute("ALTER SYSTEM SET default_transaction_read_only = on").await;
    sql.execute("SELECT pg_reload_conf()").await;
    while Sql::connect(postgres.url()).await.rows("SELECT current_setting('default_transaction_read_only') AS it").await
        [0]["it"]
        != "on"
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn rename(ada: &Person, n: usize) -> u16 {
    ada.patch(&ada.path(), &json!({ "username": format!("ada{n}") })).await.status
}

/// Renames until that succeeds; returns the time that it took.
async fn until_written(ada: &Person) -> Duration {
    let began = Instant::now();
    for n in 1.. {
        match rename(ada, n).await {
            200 => break,
            status => assert_eq!(status, 503),
        }
        assert!(began.elapsed() < Duration::from_secs(10), "no write succeeds");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    began.elapsed()
}

/// The number of other connections to this server.
async fn connections(postgres: &Postgres) -> usize {
    let others = "SELECT pid FROM pg_stat_activity WHERE application_name = 'usher'";
    Sql::connect(postgres.url()).await.rows(others).await.len()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn writes_continue_at_the_new_primary_while_connections_to_the_old_one_stay_open() {
    let (old, new, home, ada) = pair("one-address").await;
    let proxy = Proxy::start(old.socket()).await;
    let home = home.set("DATABASE_URL", &proxy.url());
    let service = home.serve().await;
    assert_eq!(rename(&ada, 0).await, 200);
    make_read_only(&old).await;
    assert_eq!(rename(&ada, 1).await, 503);
    assert_eq!(status(&service.client(), "/health/ready").await, 503);
    proxy.point_to(new.socket());
    println!("writes reach the new primary {:?} after it can be reached", until_written(&ada).await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status(&service.client(), "/health/ready").await, 200);
    assert_eq!(status(&ada, "/v1/me").await, 200);
    assert_eq!(connections(&old).await, 0);
    assert!(connections(&new).await > 0);
    service.terminate().await;
    old.stop().await;
    new.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn the_host_that_accepts_writes_is_found_among_several_also_if_the_first_is_silent() {
    let (old, new, home, ada) = pair("two-addresses").await;
    let (to_old, to_new) = (Proxy::start(old.socket()).await, Proxy::start(new.socket()).await);
    let hosts = format!("{},{}", to_old.address(), to_new.address());
    make_read_only(&new).await;
    let url = format!("postgres://usher@{hosts}/usher?target_session_attrs=read-write");
    let home = home.set("DATABASE_URL", &url);
    let service = home.serve().await;
    assert_eq!(rename(&ada, 0).await, 200);
    assert!(connections(&old).await > 0);

    make_read_only(&old).await;
    let mut sql = Sql::connect(new.url()).await;
    sql.execute("ALTER SYSTEM RESET default_transaction_read_only").await;
    sql.execute("SELECT pg_reload_conf()").await;
    println!("writes reach the other host {:?} after it takes writes", until_written(&ada).await);

    to_old.set(ProxyMode::DropTraffic);
    sql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'usher'").await;
    println!("and {:?} after the first host fell silent", until_written(&ada).await);
    service.terminate().await;
    old.stop().await;
    new.stop().await;
}

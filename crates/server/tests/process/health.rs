//! How container runtimes and systemd learn the state of the service: `/health/live`, `usher health`, `NOTIFY_SOCKET`.

use crate::home::{Done, Home, free_port};
use rustix::process::Signal;
use std::{
    net::TcpListener,
    os::unix::net::{SocketAddr, UnixDatagram},
    time::{Duration, Instant},
};
use tokio::time::timeout;
use usher_testkit::{Client, Sql};

/// The output of `usher health` for `address`.
async fn health(address: &str) -> Done {
    // Settings that only `serve` reads do not matter to it.
    Home::new().set("USHER_LISTEN", address).set("USHER_BCRYPT_COST", "99").run(&["health"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn health_finds_a_ready_service_at_every_kind_of_listen_address() {
    let mut listens = vec!["127.0.0.1", "0.0.0.0"];
    if TcpListener::bind("[::1]:0").is_ok() {
        listens.extend(["[::1]", "[::]"]);
    }
    for listen in listens {
        let service = Home::with_database().await.set("USHER_LISTEN", &format!("{listen}:0"));
        let running = service.serve().await;
        let output = health(&format!("{listen}:{}", running.port())).await;
        assert_eq!(output.expect_success(), "ready\n", "{listen}");
        running.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_fails_where_nothing_listens_or_nothing_answers() {
    let free = format!("127.0.0.1:{}", free_port());
    let complaint = health(&free).await.expect_failure();
    assert!(complaint.contains(&free) && complaint.contains("refused"), "{complaint}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let complaint = health(&silent.local_addr().unwrap().to_string()).await.expect_failure();
    assert!(complaint.contains("did not answer"), "{complaint}");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());

    let complaint = health("127.0.0.1:0").await.expect_failure();
    assert!(complaint.contains("USHER_LISTEN"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_fails_while_the_service_is_about_to_stop() {
    let home = Home::with_database().await.set("USHER_DRAIN", "10m");
    let service = home.serve().await;
    service.signal(Signal::TERM);
    while service.client().get("/health/ready").await.status == 200 {}
    let complaint = health(&format!("127.0.0.1:{}", service.port())).await.expect_failure();
    assert!(complaint.contains("503"), "{complaint}");
    service.terminate().await;
}

/// Holds the lock under which the database is migrated.
async fn hold_migrations(url: &str) -> Sql {
    let mut sql = Sql::connect(url).await;
    sql.execute("SELECT pg_advisory_lock(hashtext('usher.migrate')::bigint)").await;
    sql
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_waits_to_migrate_is_alive_and_not_ready_and_refuses_no_connection_when_it_becomes_so() {
    let url = usher_testkit::empty_database().await;
    let other = hold_migrations(&url).await;
    let port = free_port();
    let home = Home::new()
        .set("DATABASE_URL", &url)
        .set("USHER_LISTEN", &format!("127.0.0.1:{port}"))
        .set("USHER_PUBLIC_URL", "https://example.com/auth");
    let starting = tokio::spawn(async move {
        let service = home.serve().await;
        (home, service)
    });
    let client = Client::new(&format!("http://127.0.0.1:{port}"));
    let live =
        timeout(Duration::from_mins(1), async { while client.request("GET", "/health/live").send().await.is_err() {} });
    live.await.expect("an answer before the database is migrated");
    for path in ["/health/live", "/auth/health/live"] {
        let live = client.get(path).await.expect_status(200);
        assert_eq!(live.json["status"], "ok");
        assert!(!live.header("x-request-id").is_empty());
    }
    assert_eq!(client.request("HEAD", "/health/live").send().await.unwrap().status(), 200);
    for path in ["/health/ready", "/auth/health/ready", "/v1", "/nowhere"] {
        let answer = client.get(path).await.expect_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "1", "{path}");
    }
    assert!(!starting.is_finished());
    let complaint = health(&format!("127.0.0.1:{port}")).await.expect_failure();
    assert!(complaint.contains("503"), "{complaint}");

    drop(other);
    let mut requests = 0;
    while !starting.is_finished() {
        // Each on a connection of its own.
        Client::new(&format!("http://127.0.0.1:{port}")).get("/health/live").await.expect_status(200);
        requests += 1;
    }
    assert!(requests > 10, "{requests}");
    let (_home, service) = starting.await.unwrap();
    client.get("/auth/health/ready").await.expect_status(200);
    client.register("ada").await.expect_status(201);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_waits_to_migrate_can_be_stopped() {
    let url = usher_testkit::empty_database().await;
    let _other = hold_migrations(&url).await;
    let port = free_port();
    let home = Home::new().set("DATABASE_URL", &url).set("USHER_LISTEN", &format!("127.0.0.1:{port}"));
    let mut child = home.spawn_service();
    let client = Client::new(&format!("http://127.0.0.1:{port}"));
    while client.request("GET", "/health/live").send().await.is_err() {}
    let pid = rustix::process::Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(0), "{}", home.log());
}

/// The next message on the socket.
async fn notification(socket: &UnixDatagram) -> String {
    let socket = socket.try_clone().unwrap();
    let received = tokio::task::spawn_blocking(move || {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    });
    received.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_notified_when_the_service_is_ready_and_when_it_stops() {
    let in_a_folder = Home::with_database().await;
    let path = in_a_folder.file("notify", "");
    std::fs::remove_file(&path).unwrap();
    let mut sockets = vec![(path.clone(), SocketAddr::from_pathname(&path).unwrap())];
    #[cfg(target_os = "linux")]
    {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("usher-process-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        sockets.push((format!("@{name}"), address));
    }
    for (name, address) in sockets {
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        let home = Home::with_database().await.set("NOTIFY_SOCKET", &name);
        let service = home.serve().await;
        assert_eq!(notification(&socket).await, "READY=1", "{name}");
        service.client().get("/health/ready").await.expect_status(200);
        service.terminate().await;
        assert_eq!(notification(&socket).await, "STOPPING=1", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_socket_of_systemd_is_logged_and_ignored() {
    let home = Home::with_database().await.set("NOTIFY_SOCKET", "/nowhere/notify");
    let service = home.serve().await;
    service.client().get("/health/ready").await.expect_status(200);
    service.terminate().await;
    assert!(home.log().contains("NOTIFY_SOCKET"), "{}", home.log());
}

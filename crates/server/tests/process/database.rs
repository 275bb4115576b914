//! The database of the settings: how it is named, and what its role may do.

use crate::home::Home;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use usher_testkit::{PASSWORD, Sql, empty_database, new_database};

/// Maximum wait for a command to connect to the database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A role that may sign in to this database, and the URL with which it does.
async fn role(sql: &mut Sql, url: &str) -> (String, String) {
    let (server, database) = url.rsplit_once('/').unwrap();
    let role = format!("app_{database}");
    sql.execute(&format!("CREATE ROLE {role} LOGIN")).await;
    let (_, host) = server.split_once('@').unwrap();
    (role.clone(), format!("postgresql://{role}@{host}/{database}"))
}

/// Waits until somebody else has connected to this database.
async fn until_another_connects(sql: &mut Sql) {
    let others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
        AND backend_type = 'client backend'";
    let end = Instant::now() + CONNECT_TIMEOUT;
    while sql.rows(others).await.is_empty() {
        assert!(Instant::now() < end, "nobody has connected");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_create_tables_gets_an_error_that_names_the_grants() {
    let url = empty_database().await;
    let mut sql = Sql::connect(&url).await;
    let (role, url_of_role) = role(&mut sql, &url).await;
    let database = url.rsplit_once('/').unwrap().1;
    sql.execute(&format!("GRANT ALL ON DATABASE {database} TO {role}")).await;
    let home = Home::new().set("DATABASE_URL", &url_of_role);
    for command in ["check", "migrate", "serve"] {
        let complaint = home.run(&[command]).await.expect_failure();
        for remedy in [
            format!("`ALTER DATABASE {database} OWNER TO {role}`"),
            format!("`GRANT CREATE ON SCHEMA public TO {role}`"),
        ] {
            assert!(complaint.contains(&remedy), "{command}: {complaint}");
        }
        assert!(!complaint.contains("pg_trgm"), "{command}: {complaint}");
    }
    sql.execute(&format!("ALTER DATABASE {database} OWNER TO {role}")).await;
    assert!(home.run(&["check"]).await.expect_success().contains("would migrate"));
    home.run(&["migrate"]).await.expect_success();
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_create_the_extension_gets_an_error_before_it_is_tried() {
    let url = empty_database().await;
    let mut sql = Sql::connect(&url).await;
    let (role, url_of_role) = role(&mut sql, &url).await;
    let database = url.rsplit_once('/').unwrap().1;
    sql.execute(&format!("GRANT CREATE ON SCHEMA public TO {role}")).await;
    let home = Home::new().set("DATABASE_URL", &url_of_role);
    for command in ["check", "migrate", "serve"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(
            complaint.contains(&format!("`GRANT CREATE ON DATABASE {database} TO {role}`")),
            "{command}: {complaint}"
        );
        assert!(complaint.contains("`CREATE EXTENSION pg_trgm`"), "{command}: {complaint}");
    }
    sql.execute("CREATE EXTENSION pg_trgm").await;
    home.run(&["check"]).await.expect_success();
    home.run(&["migrate"]).await.expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_changes_nothing() {
    let url = empty_database().await;
    let home = Home::new().set("DATABASE_URL", &url);
    let checked = home.run(&["check"]).await.expect_success();
    assert!(checked.contains("`usher serve` would generate one") && checked.contains("would migrate"), "{checked}");
    let mut sql = Sql::connect(&url).await;
    let tables = sql.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").await;
    assert!(tables.is_empty(), "{tables:?}");
    assert!(!home.data_dir().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_only_read_and_write_rows_serves_what_the_owner_has_migrated() {
    let url = new_database().await;
    let mut sql = Sql::connect(&url).await;
    let (role, url_of_role) = role(&mut sql, &url).await;
    let grant = |what: &str| format!("GRANT {what} ON ALL TABLES IN SCHEMA public TO {role}");
    let home = Home::new().set("DATABASE_URL", &url_of_role);
    for (granted, lacks) in [("", "__diesel_schema_migrations"), ("SELECT", "users")] {
        if !granted.is_empty() {
            sql.execute(&grant(granted)).await;
        }
        let complaint = home.run(&["check"]).await.expect_failure();
        let remedy = format!("`{}`", grant("SELECT, INSERT, UPDATE, DELETE"));
        assert!(complaint.contains(&remedy) && complaint.contains(lacks), "{complaint}");
    }
    sql.execute(&grant("SELECT, INSERT, UPDATE, DELETE")).await;
    // A trail that is kept for ever can be closed to the role.
    sql.execute(&format!("REVOKE UPDATE, DELETE ON audit_events FROM {role}")).await;
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    assert_eq!(home.run(&["migrate"]).await.expect_success(), "the database is up to date\n");
    let service = home.serve_with(&["serve", "--no-migrate"]).await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    ada.get("/v1/me").await.expect_status(200);
    home.run(&["keys", "rotate"]).await.expect_success();
    service.terminate().await;

    // A release with a new migration needs the owner.
    sql.execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    )
    .await;
    let complaint = home.run(&["migrate"]).await.expect_failure();
    assert!(complaint.contains("belong to the role usher"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_read_only_is_called_that() {
    for url in [empty_database().await, new_database().await] {
        let mut sql = Sql::connect(&url).await;
        let database = url.rsplit_once('/').unwrap().1;
        sql.execute(&format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
        let home = Home::new().set("DATABASE_URL", &url);
        for command in [&["check"][..], &["serve"]] {
            let complaint = home.run(command).await.expect_failure();
            assert!(complaint.contains("the database is read-only"), "{command:?}: {complaint}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_waits_for_a_standby_that_becomes_the_primary() {
    let url = empty_database().await;
    let mut sql = Sql::connect(&url).await;
    let database = url.rsplit_once('/').unwrap().1;
    sql.execute(&format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
    let home = Home::new().set("DATABASE_URL", &url);
    let promoted = async {
        until_another_connects(&mut sql).await;
        // Long enough to be refused.
        sleep(Duration::from_secs(1)).await;
        // The session of the test was opened before.
        sql.execute(&format!("ALTER DATABASE {database} RESET default_transaction_read_only")).await;
    };
    let (migrated, ()) = tokio::join!(home.run(&["migrate"]), promoted);
    assert!(migrated.expect_success().starts_with("applied "));

    sql.execute(&format!("ALTER DATABASE {database} SET default_transaction_read_only = on")).await;
    assert_eq!(home.run(&["migrate"]).await.expect_success(), "the database is up to date\n");
    sql.execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    )
    .await;
    let complaint = home.run(&["migrate"]).await.expect_failure();
    assert!(complaint.contains(" takes no writes after 15 s: the database is read-only"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_not_up_to_date_is_left_as_it_is_by_commands_that_do_not_add_users() {
    let url = empty_database().await;
    let home = Home::new().set("DATABASE_URL", &url).set("USHER_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    for command in [
        &["user", "list"][..],
        &["user", "export"],
        &["user", "set-role", "ada", "admin"],
        &["keys", "rotate"],
        &["keys", "revoke"],
    ] {
        let complaint = home.run(command).await.expect_failure();
        assert!(
            complaint.contains("not up to date") && complaint.contains("usher migrate"),
            "{command:?}: {complaint}"
        );
    }
    let mut sql = Sql::connect(&url).await;
    let tables = sql.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace").await;
    assert!(tables.is_empty(), "{tables:?}");
    home.run_with_input(&["user", "create", "ada", "ada@example.com"], PASSWORD).await.expect_success();
    assert!(home.run(&["user", "list"]).await.expect_success().contains("ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_a_connection_string_is_in_no_message() {
    let commands: [&[&str]; 7] = [
        &["serve"],
        &["check"],
        &["migrate"],
        &["user", "list"],
        &["user", "export"],
        &["user", "import", "-"],
        &["keys", "rotate"],
    ];
    for (url, advice) in [
        ("postgres://usher:hush@hush@127.0.0.1:1/usher", "percent-encode"),
        ("postgres://usher:hush@hush/hush@127.0.0.1:1/usher", "percent-encode"),
        ("\"postgres://usher:hush@127.0.0.1:1/usher?sslmode=require\"", "quotation mark"),
        ("jdbc:postgresql://127.0.0.1:1/usher?user=usher&password=hush", "postgres://"),
        ("mysql://usher:hush@127.0.0.1:1/usher?sslmode=require", "postgres://"),
        ("postgres//usher:hush@127.0.0.1:1/usher?sslmode=require", "postgres://"),
    ] {
        let home = Home::new();
        let file = home.file("url", &format!("\u{feff}{url}\r\n"));
        let home = home.set("DATABASE_URL_FILE", &file);
        for command in commands {
            let complaint = home.run(command).await.expect_failure();
            assert!(
                complaint.contains("DATABASE_URL") && complaint.contains(advice),
                "{url}, {command:?}: {complaint}"
            );
            assert!(!complaint.contains("hush"), "{url}, {command:?}: {complaint}");
        }
    }
    let options = "postgres://usher:hush@127.0.0.1:1/usher?pgbouncer=true&schema=public";
    let complaint = Home::new().set("DATABASE_URL", options).run(&["check"]).await.expect_failure();
    assert!(complaint.contains("`pgbouncer`, `schema`") && !complaint.contains("hush"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_and_a_line_break_in_a_file_are_not_part_of_the_url() {
    let home = Home::new();
    let url = new_database().await;
    let file = home.file("url", &format!("\u{feff} {url}\r\n"));
    let home = home.set("DATABASE_URL_FILE", &file);
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_database_is_named_with_every_kind_of_encryption_and_a_warning_without() {
    // No process listens on port 1.
    let away =
        |mode: &str| Home::new().set("DATABASE_URL", &format!("postgres://u:hush@127.0.0.1:1/usher?sslmode={mode}"));
    let complaint = away("verify-full").run(&["check"]).await.expect_failure();
    assert!(complaint.contains("no database at 127.0.0.1:1/usher after"), "{complaint}");
    assert!(!complaint.contains("not encrypted"), "{complaint}");
    // An address for documentation, which is not routed.
    let elsewhere = |mode: &str| format!("postgres://usher:hush@192.0.2.1:1/usher?connect_timeout=1&sslmode={mode}");
    let check =
        async |mode: &str| Home::new().set("DATABASE_URL", &elsewhere(mode)).run(&["check"]).await.expect_failure();
    let (open, closed) = tokio::join!(check("prefer"), check("require"));
    assert!(open.contains("not encrypted") && open.contains("192.0.2.1") && !open.contains("hush"), "{open}");
    assert!(!closed.contains("not encrypted"), "{closed}");
}

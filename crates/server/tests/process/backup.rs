//! Backup and restore as the manual describes them, after the loss of everything.

use crate::home::{Done, Home};
use serde_json::{Value, json};
use std::process::{Command, Output};
use usher_persistence::migrate;
use usher_private_postgres::Binaries;
use usher_testkit::{PASSWORD, Sql, empty_database, new_database};

const SECRET: &str = "the secret key, kept apart from the backup";

/// The options of `pg_restore` in the manual, besides the database and the file.
const RESTORE: [&str; 4] = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-comments"];

/// Runs one of Postgres's own programs.
fn run(program: &str, arguments: &[&str]) -> Output {
    let binaries = Binaries::find().into_iter().next().unwrap();
    Command::new(binaries.dir().join(program)).args(arguments).output().unwrap()
}

/// The same; it must succeed, and complain of nothing.
fn postgres(program: &str, arguments: &[&str]) {
    let output = run(program, arguments);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{program}: {complaint}");
}

fn restore(database: &str, dump: &str) {
    postgres("pg_restore", &[&RESTORE[..], &[&format!("--dbname={database}"), dump]].concat());
}

fn home(database: &str, secret: &str) -> Home {
    let home = Home::new().set("DATABASE_URL", database).set("USHER_SECRET_KEY", secret);
    home.set("USHER_PUBLIC_URL", "https://id.example.com")
}

/// The URL of another database of the same server.
fn beside(url: &str, database: &str) -> String {
    format!("{}/{database}", url.rsplit_once('/').unwrap().0)
}

/// The URL of the same database for a role of this test that owns it and is not a superuser.
async fn as_its_owner(url: &str) -> String {
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut sql = Sql::connect(url).await;
    sql.execute(&format!("CREATE ROLE {name} LOGIN")).await;
    sql.execute(&format!("ALTER DATABASE {name} OWNER TO {name}")).await;
    let (_, host) = server.split_once('@').unwrap();
    format!("postgresql://{name}@{host}/{name}")
}

/// What a restore must bring back.
async fn figures(url: &str) -> Value {
    let figures = "SELECT (SELECT jsonb_agg(username || ': ' || role ORDER BY username) FROM users) AS users, \
         (SELECT jsonb_agg(roles) FROM roles) AS roles, \
         (SELECT sum(n) FROM user_counts) AS counted, (SELECT count(*) FROM sessions) AS sessions, \
         (SELECT count(*) FROM audit_events) AS events, \
         (SELECT count(*) FROM events) + (SELECT count(*) FROM event_queue) AS feed, (SELECT count(*) FROM signing_keys) AS keys, \
         (SELECT count(*) FROM signing_key_set) AS sets, \
         (SELECT jsonb_agg(version ORDER BY version) FROM __diesel_schema_migrations) AS migrations";
    Sql::connect(url).await.rows(figures).await.remove(0)
}

/// A database that has been used, and a dump of it, made while the service ran.
async fn used(options: &[&str]) -> (String, Home, String) {
    let database = new_database().await;
    let home = home(&database, SECRET);
    let service = home.serve().await;
    let nobody = service.client();
    for name in ["ada", "grace"] {
        nobody.register(name).await.expect_status(201);
        nobody.sign_in(name, PASSWORD).await;
    }
    let mut sql = Sql::connect(&database).await;
    let role = "VALUES ('support', 'First level', '{users.read}', false, 1, now(), now())";
    sql.execute(&format!("INSERT INTO roles {role}")).await;
    sql.execute("UPDATE users SET role = 'support' WHERE username = 'grace'").await;
    let dump = home.file("usher.dump", "");
    let to = format!("--file={dump}");
    postgres("pg_dump", &[options, &["--format=custom", &to, &database]].concat());
    service.terminate().await;
    (database, home, dump)
}

/// Serves the restored database: it is in order, and both users sign in.
async fn goes_on(database: &str) {
    let home = home(database, SECRET);
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    let service = home.serve().await;
    for name in ["ada", "grace"] {
        service.client().sign_in(name, PASSWORD).await;
    }
    service.terminate().await;
    let feed = figures(database).await["feed"].as_u64().unwrap();
    let positions: Vec<_> = events(&home).await.iter().map(|event| event["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=feed).collect::<Vec<_>>());
}

/// The feed of events.
async fn events(home: &Home) -> Vec<Value> {
    let printed = home.run(&["events", "tail", "--after", "oldest", "--no-follow"]).await.expect_success();
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_manual_restores_by_the_same_options_as_these_tests() {
    let manual = include_str!("../../../../docs/operating/backup-and-restore.md");
    assert_eq!(manual.matches(&format!("pg_restore {} --dbname=", RESTORE.join(" "))).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_after_everything_was_lost() {
    let database = new_database().await;
    let before = home(&database, SECRET);
    let service = before.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let dump = before.file("usher.dump", "");
    let read = events(&before).await;
    // While the service runs.
    postgres("pg_dump", &["--format=custom", &format!("--file={dump}"), &database]);
    service.client().register("grace").await.expect_status(201);
    service.terminate().await;

    let elsewhere = empty_database().await;
    restore(&elsewhere, &dump);
    let after = home(&elsewhere, SECRET);
    let service = after.serve().await;
    let nobody = service.client();
    assert_eq!(nobody.sign_in("ada", PASSWORD).await.id, ada.id);
    // The session of before goes on: its access token, signed by a key of the backup, and its refresh token.
    let again = nobody.with_token(ada.access_token().unwrap()).get("/v1/me").await.expect_status(200);
    assert_eq!(again.json["id"], ada.id.as_str());
    let refresh_token = ada.token["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    nobody.form("/v1/oauth/token", &refresh).await.expect_status(200);
    // Her sign-in is in the trail, and it is as unchangeable as it was.
    let trail = nobody.with_token(ada.access_token().unwrap()).get(&format!("{}/audit-events", ada.path())).await;
    assert!(trail.expect_status(200).json["total"].as_i64().unwrap() >= 3);
    // A reader of the feed of events goes on at its position.
    let feed = events(&after).await;
    assert_eq!(feed[..read.len()], read);
    let next = feed[read.len()..].iter().map(|event| event["type"].as_str().unwrap());
    assert!(next.eq(["signed_in"]), "{feed:?}");
    // A user who registered after the backup does not exist.
    nobody.register("grace").await.expect_status(201);
    service.terminate().await;

    let complaint = home(&elsewhere, "another secret key, which opens nothing").run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_replaces_a_database_that_a_newer_release_has_migrated() {
    let (database, home, dump) = used(&[]).await;
    let before = figures(&database).await;
    let mut sql = Sql::connect(&database).await;
    sql.execute("CREATE TABLE devices (user_id uuid REFERENCES users ON DELETE CASCADE)").await;
    sql.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')").await;
    drop(sql);
    let service = home.serve().await;
    service.client().register("later").await.expect_status(201);
    service.terminate().await;

    let (_, name) = database.rsplit_once('/').unwrap();
    let server = format!("--maintenance-db={}", beside(&database, "postgres"));
    postgres("dropdb", &[&server, name]);
    postgres("createdb", &[&server, name]);
    restore(&database, &dump);
    assert_eq!(figures(&database).await, before);
    assert!(Sql::connect(&database).await.refuses("SELECT FROM devices").await);
    goes_on(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_is_restored_by_a_role_that_may_not_make_the_extension() {
    let (database, _home, dump) = used(&[]).await;
    let elsewhere = empty_database().await;
    Sql::connect(&elsewhere).await.execute("CREATE EXTENSION pg_trgm").await;
    let elsewhere = as_its_owner(&elsewhere).await;
    restore(&elsewhere, &dump);
    assert_eq!(figures(&elsewhere).await, figures(&database).await);
    goes_on(&elsewhere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_alone_is_restored_into_a_database_that_has_been_migrated() {
    let (database, _home, dump) = used(&["--data-only"]).await;
    let elsewhere = empty_database().await;
    Sql::connect(&elsewhere).await.execute("CREATE EXTENSION pg_trgm").await;
    let elsewhere = as_its_owner(&elsewhere).await;
    home(&elsewhere, SECRET).run(&["migrate"]).await.expect_success();
    restore(&elsewhere, &dump);
    assert_eq!(figures(&elsewhere).await, figures(&database).await);
    goes_on(&elsewhere).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_counted_once_where_the_tables_are_restored_in_any_order() {
    let (database, _home, dump) = used(&[]).await;
    // A user's role must exist.
    for tables in [["roles", "user_counts", "users"], ["roles", "users", "user_counts"]] {
        let elsewhere = new_database().await;
        for table in tables {
            let (table, to) = (format!("--table={table}"), format!("--dbname={elsewhere}"));
            postgres("pg_restore", &["--data-only", "--exit-on-error", &table, &to, &dump]);
        }
        assert_eq!(figures(&elsewhere).await["users"], figures(&database).await["users"]);
        assert_eq!(figures(&elsewhere).await["counted"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_postgres_is_backed_up_and_restored_by_the_url_that_a_command_prints() {
    let home = Home::new();
    let complaint = home.run(&["database-url"]).await.expect_failure();
    assert!(complaint.contains("usher serve"), "{complaint}");
    assert!(!home.data_dir().exists(), "it makes no Postgres");
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let url = home.run(&["database-url"]).await.expect_success().trim_end().to_owned();
    let dump = home.file("usher.dump", "");
    postgres("pg_dump", &["--format=custom", &format!("--file={dump}"), &url]);
    let before = figures(&url).await;
    service.client().register("grace").await.expect_status(201);

    let server = format!("--maintenance-db={}", beside(&url, "postgres"));
    postgres("createdb", &[&server, "restored"]);
    restore(&beside(&url, "restored"), &dump);
    postgres("dropdb", &["--force", &server, "usher"]);
    let rename = "--command=ALTER DATABASE restored RENAME TO usher";
    postgres("psql", &["--quiet", rename, &beside(&url, "postgres")]);
    service.terminate().await;
    let service = home.serve().await;
    assert_eq!(figures(&url).await, before);
    service.client().sign_in("ada", PASSWORD).await;
    service.client().register("grace").await.expect_status(201);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_of_the_database_of_the_settings_is_printed_as_it_is_set() {
    let home = Home::new().set("DATABASE_URL", "postgresql://app:x@db.example.com/usher?sslmode=require");
    let url = home.run(&["database-url"]).await.expect_success();
    assert_eq!(url, "postgresql://app:x@db.example.com/usher?sslmode=require\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_find_their_tables_whatever_the_search_path_of_the_session_is() {
    let database = empty_database().await;
    Sql::connect(&database).await.execute("CREATE SCHEMA \"My App\"").await;
    let own_schema = format!("{database}?options=-csearch_path%3D%22My%5C%20App%22%2Cpublic");
    migrate(&own_schema).await.unwrap();
    for (url, schema) in [(own_schema, "\"My App\""), (new_database().await, "public")] {
        let mut sql = Sql::connect(&url).await;
        let functions = "SELECT p.oid::regprocedure::text AS function, proconfig::text AS settings FROM pg_proc AS p \
             WHERE pronamespace = quote_ident(current_schema())::regnamespace \
             AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')";
        let functions = sql.rows(functions).await;
        assert!(functions.len() >= 12, "{functions:?}");
        for function in functions {
            let settings = function["settings"].as_str().unwrap_or_default().replace('\\', "");
            let fixed = format!("search_path={schema}, pg_temp");
            assert!(settings.contains(&fixed), "ALTER FUNCTION {function} SET search_path: {settings}");
        }
        sql.execute("SET search_path = ''").await;
        let (users, counts) = (format!("{schema}.users"), format!("{schema}.user_counts"));
        let user = |name: &str, role: &str| {
            format!(
                "INSERT INTO {users} (id, username, username_key, email, email_key, email_verified, role, status, version, \
                 password_hash, created_at, updated_at) VALUES (gen_random_uuid(), '{name}', '{name}', '{name}', '{name}', \
                 true, '{role}', 'active', 1, 'x', now(), now())"
            )
        };
        for (name, role) in [("ada", "admin"), ("bob", "user"), ("eve", "user")] {
            sql.execute(&user(name, role)).await;
        }
        sql.execute(&format!("UPDATE {users} SET status = 'suspended' WHERE username = 'bob'")).await;
        sql.execute(&format!("DELETE FROM {users} WHERE username = 'eve'")).await;
        assert!(sql.refuses(&format!("DELETE FROM {users} WHERE username = 'ada'")).await, "the last admin stays");
        let counted = format!("SELECT role, status, n FROM {counts} WHERE n <> 0 ORDER BY role");
        let counts = [("admin", "active"), ("user", "suspended")];
        let expected = counts.map(|(role, status)| json!({ "role": role, "status": status, "n": 1 }));
        assert_eq!(sql.rows(&counted).await, expected);
        let key = "(kid, wrapped, created_at, signs_from) VALUES ('k', 'x', now(), now())";
        sql.execute(&format!("INSERT INTO {schema}.signing_keys {key}")).await;
        let revision = sql.rows(&format!("SELECT revision FROM {schema}.signing_key_set")).await;
        assert_eq!(revision, [json!({ "revision": 1 })]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_counts_of_users_are_found_by_a_check_and_counted_again() {
    let (database, home, _) = used(&[]).await;
    let mut sql = Sql::connect(&database).await;
    sql.execute("UPDATE user_counts SET n = n + 3").await;
    let Done { status, err, .. } = home.run(&["check"]).await;
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("`TRUNCATE user_counts`"), "{err}");
    sql.execute("TRUNCATE user_counts").await;
    assert_eq!(figures(&database).await["counted"], 2);
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    sql.execute("DELETE FROM users WHERE username = 'grace'").await;
    assert_eq!(figures(&database).await["counted"], 1);
}

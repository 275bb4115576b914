//! The commands with and without a running service.

use crate::home::Home;
use usher_testkit::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn users_are_administered_while_the_service_runs() {
    let home = Home::new();
    let service = home.serve().await;
    users_are_administered(&home).await;
    let grace = service.client().sign_in("grace", PASSWORD).await;
    assert_eq!(grace.get("/v1/me").await.json["role"], "admin");
    // What the shell takes away is taken away at once.
    home.run(&["user", "set-role", "grace", "user"]).await.expect_success();
    grace.get("/v1/users").await.expect_problem(403, "not_allowed");
    service.terminate().await;
    home.expect_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_administered_without_a_service() {
    let home = Home::new();
    users_are_administered(&home).await;
    home.expect_quiet().await;
    let service = home.serve().await;
    service.client().sign_in("grace", PASSWORD).await;
}

async fn users_are_administered(home: &Home) {
    let create = ["user", "create", "grace", "grace@example.com"];
    let created = home.run_with_input(&create, &format!("{PASSWORD}\n")).await.expect_success();
    assert!(created.starts_with("created ") && created.ends_with(" grace\n"), "{created}");
    let list = home.run(&["user", "list", "--q", "grac"]).await.expect_success();
    let columns: Vec<&str> = list.split_whitespace().collect();
    assert_eq!(columns[1..], ["user", "active", "grace", "grace@example.com"]);
    assert!(created.contains(columns[0]), "{created} {list}");
    let promoted = home.run(&["user", "set-role", "GRACE", "admin"]).await.expect_success();
    assert_eq!(promoted, "grace is admin\n");
    let admins = home.run(&["user", "list", "--role", "admin"]).await.expect_success();
    assert!(admins.contains("grace@example.com"), "{admins}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shell_may_not_do_is_refused_with_its_reason() {
    let home = Home::with_database().await;
    let create = |name, email| ["user", "create", name, email, "--role", "admin"];
    let run = async |arguments: &[&str], input: &str| home.run_with_input(arguments, input).await.expect_failure();
    let complaint = run(&create("a b", "ada@example.com"), PASSWORD).await;
    assert!(complaint.contains("username"), "{complaint}");
    let complaint = run(&create("ada", "nonsense"), PASSWORD).await;
    assert!(complaint.contains("e-mail address"), "{complaint}");
    for bad in ["", "short", "password1"] {
        let complaint = run(&create("ada", "ada@example.com"), bad).await;
        assert!(complaint.contains("password"), "{complaint}");
    }
    home.run_with_input(&create("ada", "ada@example.com"), PASSWORD).await.expect_success();
    let complaint = run(&create("ADA", "ada2@example.com"), PASSWORD).await;
    assert!(complaint.contains("username is taken"), "{complaint}");
    let complaint = run(&create("ada2", "Ada@example.com"), PASSWORD).await;
    assert!(complaint.contains("e-mail address is taken"), "{complaint}");
    let complaint = run(&["user", "set-role", "nobody", "admin"], "").await;
    assert!(complaint.contains("there is no user nobody"), "{complaint}");
    let complaint = run(&["user", "set-role", "ada", "user"], "").await;
    assert!(complaint.contains("last active admin"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_migrated_once_and_a_service_that_must_not_migrate_reports_it() {
    let home = Home::new().set("DATABASE_URL", &usher_testkit::empty_database().await);
    let complaint = home.run(&["serve", "--no-migrate"]).await.expect_failure();
    assert!(complaint.contains("usher migrate"), "{complaint}");
    let first = home.run(&["check"]).await.expect_success();
    assert!(first.contains("would migrate"), "{first}");
    let applied = home.run(&["migrate"]).await.expect_success();
    assert!(applied.starts_with("applied "), "{applied}");
    assert_eq!(home.run(&["migrate"]).await.expect_success(), "the database is up to date\n");
    let then = home.run(&["check"]).await.expect_success();
    assert!(then.starts_with("settings: good\nsecret key: good\nmail: as files in "), "{then}");
    assert!(then.ends_with("\ndatabase: good\n"), "{then}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_one_mailbox_are_named_when_the_database_is_migrated_and_checked() {
    let url = usher_testkit::new_database().await;
    let home = Home::new().set("DATABASE_URL", &url);
    for (name, email) in [("one", "ada@münchen.de"), ("two", "two@example.com")] {
        home.run_with_input(&["user", "create", name, email], PASSWORD).await.expect_success();
    }
    // As stored by a version that treated two spellings of a domain as two addresses.
    let mut sql = usher_testkit::Sql::connect(&url).await;
    let key = "ada@xn--mnchen-3ya.de";
    sql.execute(&format!("UPDATE users SET email = '{key}', email_key = '{key}' WHERE username = 'two'")).await;
    let ids = sql.rows("SELECT id::text FROM users ORDER BY username").await;
    let (one, two) = (ids[0]["id"].as_str().unwrap(), ids[1]["id"].as_str().unwrap());
    let checked = home.run(&["check"]).await.expect_success();
    assert!(checked.contains(&format!("users {two} and {one} have two spellings of one mailbox")), "{checked}");
    let migrated = home.run(&["migrate"]).await;
    assert!(migrated.err.contains("two users have one mailbox") && migrated.err.contains(two), "{}", migrated.err);
    assert_eq!(migrated.expect_success(), "the database is up to date\n");
    home.run_with_input(&["user", "create", " three", "ada@xn--mnchen-3ya.de "], PASSWORD).await.expect_failure();
    let created = home.run_with_input(&["user", "create", " three", "three@example.com\u{a0}"], PASSWORD).await;
    assert!(created.expect_success().ends_with(" three\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_postgres_is_checked_and_migrated_with_and_without_its_service() {
    let home = Home::new();
    home.run_with_input(&["user", "create", "ada", "ada@example.com"], PASSWORD).await.expect_success();
    home.run(&["migrate"]).await.expect_success();
    home.expect_quiet().await;
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    let service = home.serve().await;
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    assert_eq!(home.run(&["migrate"]).await.expect_success(), "the database is up to date\n");
    service.terminate().await;
    home.expect_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_printed_without_a_database() {
    let home = Home::new().set("DATABASE_URL", "postgres://nobody@localhost:1/nothing");
    let printed = home.run(&["openapi"]).await.expect_success();
    let document: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(document["paths"]["/v1/users/{id}"]["patch"]["operationId"], "update_user");
    assert!(!home.data_dir().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_service_and_what_adds_users_make_a_private_postgres() {
    let home = Home::new();
    for command in [
        &["keys", "revoke"][..],
        &["keys", "revoke", "--secret-lost"],
        &["keys", "rotate"],
        &["user", "list"],
        &["user", "export"],
        &["user", "set-role", "ada", "admin"],
        &["migrate"],
        &["check"],
    ] {
        let complaint = home.run(command).await.expect_failure();
        assert!(complaint.contains("there is no private Postgres in"), "{command:?}: {complaint}");
        assert!(complaint.contains("USHER_DATA_DIR") && complaint.contains("DATABASE_URL"), "{command:?}: {complaint}");
        assert!(!home.data_dir().exists(), "{command:?} made the data directory");
    }
    let file = home.file("users.csv", "username,email\nada,ada@example.com\n");
    home.run(&["user", "import", &file]).await.expect_success();
    assert!(home.run(&["user", "list"]).await.expect_success().contains("ada@example.com"));
}

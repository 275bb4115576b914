//! Errors of the database are distinguished by their SQLSTATE, not by their text, which depends on the server's language.

use serde_json::json;
use std::time::Duration;
use usher_testkit::{Answer, Client, Options, PASSWORD, Person, Sql, TestApp, german_database};

/// Makes each change of a username fail with the SQLSTATE in the table `fault`, the first `times` times.
const FAULT: &[&str] = &[
    "CREATE TABLE fault (sqlstate text, times integer)",
    "CREATE SEQUENCE tries",
    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
     IF nextval('tries') <= (SELECT times FROM fault) THEN \
     RAISE EXCEPTION USING ERRCODE = (SELECT sqlstate FROM fault), MESSAGE = 'Etwas ist schiefgegangen'; \
     END IF; RETURN NEW; END $$",
    "CREATE TRIGGER fail BEFORE UPDATE OF username ON users FOR EACH ROW EXECUTE FUNCTION fail()",
    "INSERT INTO fault VALUES ('00000', 0)",
];

async fn fail_with(sql: &mut Sql, sqlstate: &str, times: u32) {
    sql.execute(&format!("UPDATE fault SET sqlstate = '{sqlstate}', times = {times}")).await;
    sql.execute("ALTER SEQUENCE tries RESTART").await;
}

async fn rename(by: &Client, whom: &Person, name: &str) -> Answer {
    by.patch(&whom.path(), &json!({ "username": name })).await
}

/// A 503 that says when to try again.
fn assert_put_off(answer: Answer, what: &str) {
    let seconds = answer.header("retry-after").to_owned();
    assert_eq!(answer.status, 503, "{what}: {}", answer.text);
    answer.expect_problem(503, "unavailable");
    assert!(seconds.parse::<u64>().is_ok_and(|seconds| seconds >= 1), "{what}: Retry-After: {seconds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_known_by_its_sqlstate_alone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut sql = app.sql().await;
    for statement in FAULT {
        sql.execute(statement).await;
    }
    let outages = [
        "08000", "08006", "08P01", "25006", "53000", "53100", "53200", "53300", "53400", "55P03", "57014", "57P01",
        "57P02", "57P03", "57P05", "58000", "58030",
    ];
    for sqlstate in outages {
        fail_with(&mut sql, sqlstate, 1).await;
        assert_put_off(rename(&ada, &ada, "ada1").await, sqlstate);
    }
    // Two transactions were in conflict: tried again a few times, and then put off.
    for sqlstate in ["40001", "40P01"] {
        fail_with(&mut sql, sqlstate, 2).await;
        rename(&ada, &ada, &format!("ada{sqlstate}")).await.expect_status(200);
        fail_with(&mut sql, sqlstate, 1000).await;
        assert_put_off(rename(&ada, &ada, "ada1").await, sqlstate);
    }
    // The statement itself is at fault.
    for sqlstate in ["42501", "42P01", "22P02", "XX000", "P0001"] {
        fail_with(&mut sql, sqlstate, 1).await;
        let request = ada.request("PATCH", &ada.path()).json(&json!({ "username": "ada1" }));
        assert_eq!(request.send().await.unwrap().status(), 500, "{sqlstate}");
    }
    fail_with(&mut sql, "00000", 0).await;
    rename(&ada, &ada, "ada1").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_postgres_is_understood() {
    is_understood(TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_german_postgres_is_understood_as_an_english_one_is() {
    let Some(url) = german_database().await else { return };
    is_understood(TestApp::with(Options { database_url: Some(url), ..Options::default() }).await).await;
}

async fn is_understood(app: TestApp) {
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let mut sql = app.sql().await;
    // Names that are taken.
    let ada_again = json!({ "username": "ADA", "email": "other@example.com", "password": PASSWORD });
    app.nobody().post("/v1/register", &ada_again).await.expect_problem(409, "username_taken");
    admin.patch(&admin.path(), &json!({ "role": "user" })).await.expect_problem(409, "last_admin");

    waits_for_locks(&app, &ada, &mut sql).await;
    // Within a transaction Postgres shows the same activity all the time.
    let mut watch = app.sql().await;
    is_interrupted(&ada, &mut sql, &mut watch).await;

    // Its own deadlock, which it resolves by trying again.
    let gone = app.user("gone").await;
    sql.execute("SET deadlock_timeout = '60s'").await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", gone.id)).await;
    let deletion = async { admin.delete(&gone.path()).await };
    let deadlock = async {
        watch.until_waiting(1).await;
        // The admin's row, which was created first, is locked by the deletion.
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", admin.id)).await;
        sql.execute("COMMIT").await;
    };
    let (deleted, ()) = tokio::join!(deletion, deadlock);
    deleted.expect_status(204);

    // A statement that takes too long.
    sql.execute(
        "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$",
    )
    .await;
    sql.execute("CREATE TRIGGER sleep BEFORE UPDATE OF username ON users FOR EACH ROW EXECUTE FUNCTION sleep()").await;
    assert_put_off(rename(&ada, &ada, "ada2").await, "statement timeout");
    sql.execute("DROP TRIGGER sleep ON users").await;
    rename(&ada, &ada, "ada2").await.expect_status(200);
}

async fn waits_for_locks(app: &TestApp, ada: &Person, sql: &mut Sql) {
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
    let nobody = app.nobody();
    let (renamed, signed_in) = tokio::join!(rename(ada, ada, "ada1"), nobody.password_grant("ada", PASSWORD));
    assert_put_off(renamed, "lock timeout of a change");
    assert_eq!(signed_in.status, 503, "{}", signed_in.text);
    sql.execute("ROLLBACK").await;
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE users").await;
    assert_put_off(ada.get(&ada.path()).await, "lock timeout of a read");
    sql.execute("ROLLBACK").await;
}

/// Statements that wait are cancelled, and their connections closed.
async fn is_interrupted(ada: &Person, sql: &mut Sql, watch: &mut Sql) {
    for function in ["pg_cancel_backend", "pg_terminate_backend"] {
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
        let interrupt = async {
            watch.until_waiting(1).await;
            let waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            watch.execute(&format!("SELECT {function}(pid) {waiting}")).await;
        };
        let (renamed, ()) = tokio::join!(rename(ada, ada, "ada1"), interrupt);
        assert_put_off(renamed, function);
        sql.execute("ROLLBACK").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_closed_while_idle_fail_no_request() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let mut sql = app.sql().await;
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for round in 0..20 {
        admin.get("/v1/users").await.expect_status(200);
        sql.execute(&format!("SELECT pg_terminate_backend(pid) {others}")).await;
        let answer = match round % 4 {
            0 => ada.get(&ada.path()).await,
            1 => admin.get("/v1/users").await,
            2 => admin.get("/v1/users?q=ada").await,
            _ => rename(&ada, &ada, &format!("ada{round}")).await,
        };
        assert_eq!(answer.status, 200, "round {round}: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
    }
}

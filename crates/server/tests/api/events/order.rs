//! Each event has its place, and no reader misses one.

use super::{events, latest, position, read, types};
use usher_testkit::{Sql, TestApp};

/// The statement that records an event as a replica of the release before the feed does.
fn recorded(action: &str, outcome: &str) -> String {
    format!(
        "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, changes) \
         VALUES (gen_random_uuid(), now(), '{action}', '{outcome}', false, '[]')"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_follows_the_links_sees_each_event_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for n in 0..5 {
        app.nobody().register(&format!("user{n}")).await.expect_status(201);
    }
    let whole = read(&admin, "").await;
    let mut found = Vec::new();
    let mut feed = read(&admin, "limit=2").await;
    while !events(&feed).is_empty() {
        assert!(events(&feed).len() <= 2);
        found.extend(events(&feed).clone());
        feed = admin.get(&feed.href("next").unwrap()).await.expect_status(200);
    }
    assert_eq!(&found, events(&whole));
    let positions: Vec<_> = found.iter().map(|event| event["position"].as_i64().unwrap()).collect();
    let wanted: Vec<_> = (1..=i64::try_from(found.len()).unwrap()).collect();
    assert_eq!(positions, wanted);
    assert_eq!(feed.href("self"), feed.href("next"), "the end stays the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_committed_late_comes_after_those_that_have_been_read() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let mut slow = app.sql().await;
    slow.execute("BEGIN").await;
    slow.execute(&recorded("user_created", "success")).await;
    // Another one is recorded later, and committed sooner.
    app.sql().await.execute(&recorded("user_deleted", "success")).await;
    let first = read(&admin, &format!("after={start}")).await;
    assert_eq!(types(&first), ["user_deleted"], "a write under way delays no other");
    slow.execute("COMMIT").await;
    let second = admin.get(&first.href("next").unwrap()).await.expect_status(200);
    assert_eq!(types(&second), ["user_created"]);
    assert_eq!([position(&first), position(&second)], [start + 1, start + 2]);
    let again = read(&admin, &format!("after={start}")).await;
    assert_eq!(types(&again), ["user_deleted", "user_created"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rolled_back_or_refused_is_no_event() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&recorded("user_created", "success")).await;
    sql.execute("ROLLBACK").await;
    sql.execute(&recorded("sign_in_refused", "refused")).await;
    assert_eq!(latest(&admin).await, start);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dump_brings_back_is_no_new_event() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let mut sql = app.sql().await;
    // The rows of a dump say that they have been queued, also those from before the feed.
    let rows = sql.rows("SELECT count(*) AS n FROM audit_events WHERE outcome = 'success' AND NOT queued").await;
    assert_eq!(rows[0]["n"], 0);
    let insert = recorded("user_created", "success");
    sql.execute(&insert.replace("changes)", "changes, queued)").replace("'[]')", "'[]', true)")).await;
    assert_eq!(latest(&admin).await, start);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_successes_of_an_earlier_release_and_of_a_later_one_are_events() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let mut sql = app.sql().await;
    for action in ["user_created", "user_taught"] {
        sql.execute(&recorded(action, "success")).await;
    }
    assert_eq!(types(&read(&admin, &format!("after={start}")).await), ["user_created", "user_taught"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_show_the_same_feed() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    let at_other = other.nobody().with_token(admin.access_token().unwrap());
    let start = latest(&admin).await;
    for n in 0..4 {
        app.nobody().register(&format!("here{n}")).await.expect_status(201);
        let shown = read(&at_other, &format!("after={start}")).await;
        assert_eq!(events(&shown).len(), 2 * n + 1, "what one replica has acknowledged, the other shows");
        other.nobody().register(&format!("there{n}")).await.expect_status(201);
        assert_eq!(read(&admin, &format!("after={start}")).await.json["_embedded"]["events"][0], events(&shown)[0]);
    }
    assert_eq!(events(&read(&admin, "").await), events(&read(&at_other, "").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_a_killed_replica_has_left_in_the_queue_are_in_the_feed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    // A replica that is killed while it numbers leaves a transaction that Postgres rolls back.
    let mut killed = app.sql().await;
    killed.execute("BEGIN").await;
    killed.execute("SELECT pg_advisory_xact_lock(hashtext('usher.events')::bigint)").await;
    let mut sql: Sql = app.sql().await;
    sql.execute(&recorded("user_created", "success")).await;
    killed.execute("INSERT INTO events SELECT 1000000, id, at, type FROM event_queue").await;
    killed.execute("DELETE FROM event_queue").await;
    let reader = tokio::spawn(async move { read(&admin, &format!("after={start}")).await });
    sql.until_waiting(1).await;
    drop(killed);
    let feed = reader.await.unwrap();
    assert_eq!((types(&feed), position(&feed)), (vec!["user_created"], start + 1));
}

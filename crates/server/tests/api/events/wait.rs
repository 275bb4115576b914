//! Waiting for events.

use super::{FEED, events, latest, position, read, types};
use futures_util::future::join_all;
use serde_json::json;
use usher_testkit::{Client, Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn readers_who_wait_get_the_first_event_and_hold_no_connection() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    // More than there are connections.
    let waiting = (0..20).map(|_| {
        let admin = admin.clone();
        tokio::spawn(async move { read(&admin, &format!("after={start}&wait=30")).await })
    });
    let waiting: Vec<_> = waiting.collect();
    app.nobody().register("ada").await.expect_status(201);
    for feed in join_all(waiting).await {
        assert_eq!(types(&feed.unwrap()), ["user_registered"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_waits_at_another_replica_gets_the_event() {
    let app = TestApp::with(Options { rate_limit: false, ..Options::default() }).await;
    let other = app.replica().await;
    let admin = app.admin().await;
    let at_other = other.nobody().with_token(admin.access_token().unwrap());
    let waiting = tokio::spawn(async move { read(&at_other, "after=latest&wait=30&type=user_registered").await });
    // The reader may begin to wait after the first of these.
    for n in 0.. {
        app.nobody().register(&format!("user{n}")).await.expect_status(201);
        if waiting.is_finished() {
            break;
        }
    }
    assert_eq!(types(&waiting.await.unwrap())[0], "user_registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_without_an_event_ends_in_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let feed = read(&admin, &format!("after={start}&wait=1&type=user_deleted")).await;
    assert_eq!((events(&feed).len(), position(&feed)), (0, start));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_loses_the_right_while_waiting_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let reader = app.user_with("reader", "mirror", &["events.read"]).await;
    let wait = format!("{FEED}?after=latest&wait=30&type=user_deleted");
    let waiting = |client: &Client| {
        let (client, wait) = (client.clone(), wait.clone());
        tokio::spawn(async move { client.get(&wait).await })
    };
    // Until the request has been authorized.
    let authorized = async |before: u64| {
        while app.lookups() == before {
            tokio::task::yield_now().await;
        }
    };
    let before = app.lookups();
    let demoted = waiting(&reader);
    authorized(before).await;
    admin.patch(&reader.path(), &json!({ "role": "user" })).await.expect_status(200);
    demoted.await.unwrap().expect_problem(403, "not_allowed");
    admin.patch(&reader.path(), &json!({ "role": "mirror" })).await.expect_status(200);
    let before = app.lookups();
    let ended = waiting(&reader);
    authorized(before).await;
    admin.delete(&format!("{}/sessions", reader.path())).await.expect_status(204);
    ended.await.unwrap().expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_readers_than_may_wait_are_asked_to_come_back() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let waiting: Vec<_> = (0..300)
        .map(|_| {
            let admin = admin.clone();
            tokio::spawn(async move { admin.get(&format!("{FEED}?after={start}&wait=30&type=user_deleted")).await })
        })
        .collect();
    // Those who have a place are answered when there is an event; by then the others have been answered.
    let mut refused = 0;
    while waiting.iter().filter(|answer| answer.is_finished()).count() < 300 - 256 {
        tokio::task::yield_now().await;
    }
    let ada = app.user("ada").await;
    admin.delete(&ada.path()).await.expect_status(204);
    for answer in join_all(waiting).await {
        let answer = answer.unwrap();
        if answer.status == 503 {
            refused += 1;
            assert_eq!((answer.code(), answer.header("retry-after")), ("unavailable", "5"));
        } else {
            assert_eq!(types(&answer.expect_status(200)), ["user_deleted"]);
        }
    }
    assert_eq!(refused, 300 - 256);
}

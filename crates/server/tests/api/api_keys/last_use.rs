//! When a key was last used.

use super::{Key, key, keys, keys_of};
use chrono::{DurationRound, SecondsFormat, TimeDelta};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use usher_testkit::{PASSWORD, TestApp};

/// Maximum wait for a last use to be written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Waits for the last use that a condition describes.
async fn last_use(app: &TestApp, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut sql = app.sql().await;
    let end = Instant::now() + WRITE_TIMEOUT;
    loop {
        let rows = sql.rows(&format!("SELECT last_used_at, xmin::text FROM api_keys WHERE id = '{id}'")).await;
        if wanted(&rows[0]["last_used_at"]) {
            return rows[0].clone();
        }
        assert!(Instant::now() < end, "the last use is still {}", rows[0]);
        sleep(Duration::from_millis(10)).await;
    }
}

/// Uses a key for the first time and waits until that is written. One task writes all uses in their order, so all earlier ones
/// are written by then.
async fn all_uses_written(app: &TestApp, unused: &Key) {
    unused.get("/v1/me").await.expect_status(200);
    last_use(app, &unused.id, |used| !used.is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hour_of_the_last_use_is_shown_and_written_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    let unused = key(&app, &ada, &["account.read"]).await;
    // The first minute of an hour, so that the hour does not end within the test.
    let to_next_hour =
        app.clock.now().duration_trunc(TimeDelta::hours(1)).unwrap() + TimeDelta::hours(1) - app.clock.now();
    app.clock.advance(to_next_hour + TimeDelta::minutes(1));
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    own.get("/v1/me").await.expect_status(200);
    let written = last_use(&app, &own.id, |used| !used.is_null()).await;
    let hour = app.clock.now().duration_trunc(TimeDelta::hours(1)).unwrap();
    let page = ada.get(&keys_of(&ada)).await.expect_status(200);
    let shown = |id: &str| keys(&page).iter().find(|key| key["id"] == id).unwrap()["last_used_at"].clone();
    assert_eq!(shown(&own.id), hour.to_rfc3339_opts(SecondsFormat::Millis, true));
    assert_eq!(shown(&unused.id), Value::Null);

    app.clock.advance(TimeDelta::minutes(30));
    for _ in 0..20 {
        own.get("/v1/me").await.expect_status(200);
    }
    all_uses_written(&app, &unused).await;
    assert_eq!(last_use(&app, &own.id, |_| true).await, written, "it is not written again within the hour");
    app.clock.advance(TimeDelta::minutes(30));
    own.get("/v1/me").await.expect_status(200);
    last_use(&app, &own.id, |used| *used != written["last_used_at"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_waits_for_it() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute("SELECT FROM api_keys FOR UPDATE").await;
    for _ in 0..20 {
        own.get("/v1/me").await.expect_status(200);
    }
    sql.execute("LOCK TABLE api_keys IN SHARE MODE").await;
    for _ in 0..20 {
        own.get("/v1/me").await.expect_status(200);
    }
    sql.execute("COMMIT").await;
    own.get("/v1/me").await.expect_status(200);
    last_use(&app, &own.id, |used| !used.is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_has_not_been_used() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let own = key(&app, &ada, &["account.read"]).await;
    let of_bob = key(&app, &bob, &["account.read"]).await;
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    own.get("/v1/me").await.expect_problem(401, "invalid_token");
    all_uses_written(&app, &of_bob).await;
    assert_eq!(last_use(&app, &own.id, |_| true).await["last_used_at"], Value::Null);
}

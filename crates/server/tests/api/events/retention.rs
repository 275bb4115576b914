//! How long events can be read.

use super::{FEED, events, latest, position, read, types};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_position_before_an_expired_event_is_gone_and_the_feed_goes_on() {
    let app = TestApp::with(Options { event_retention: TimeDelta::days(7), ..Options::default() }).await;
    app.user("ada").await;
    let admin = app.admin().await;
    let before = latest(&admin).await;
    app.clock.advance(TimeDelta::days(8));
    let admin = app.admin().await;
    // The same before and after the events are deleted.
    for _ in 0..2 {
        for expired in [0, 1, before - 1] {
            let gone =
                admin.get(&format!("{FEED}?after={expired}&wait=30")).await.expect_problem(410, "position_expired");
            assert_eq!(gone.json["_links"], json!({ "events": { "href": FEED } }));
        }
        let kept = read(&admin, "").await;
        assert_eq!((types(&kept), position(&kept)), (vec!["signed_in"], before + 1));
        assert_eq!(events(&read(&admin, &format!("after={before}")).await), events(&kept));
        app.cleanup().await;
    }
    let rows = app.sql().await.rows("SELECT min(position) AS first FROM events").await;
    assert_eq!(rows[0]["first"], json!(before + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_go_on_after_all_events_have_expired() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let before = latest(&admin).await;
    app.clock.advance(TimeDelta::days(31));
    app.cleanup().await;
    let newest = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
    assert_eq!(app.sql().await.rows(newest).await[0]["position"], json!(before));
    let admin = app.admin().await;
    let feed = read(&admin, &format!("after={before}")).await;
    assert_eq!((types(&feed), position(&feed)), (vec!["signed_in"], before + 1));
    assert_eq!(events(&read(&admin, "").await), events(&feed), "the newest event of before is not shown");
}

//! The clock on the wall is set back.

use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_loses_nothing_and_locks_no_user_out() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::hours(-1));

    // Her token was made in the future; with her session she gets another.
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    let token = app.nobody().form("/v1/oauth/token", &refresh).await.expect_status(200).json;
    let there = app.nobody().with_token(token["access_token"].as_str().unwrap());
    there.patch(&ada.path(), &json!({ "username": "ada-lovelace" })).await.expect_status(200);
    let grace = app.user("grace").await;
    let admin = app.admin().await;
    admin.act(&format!("{}/suspend", grace.path())).await.expect_status(200);
    grace.get("/v1/me").await.expect_status(401);

    app.clock.advance(TimeDelta::hours(1));
    let admin = app.admin().await;
    app.nobody().sign_in("ada-lovelace", PASSWORD).await;
    let mut names = BTreeSet::new();
    let mut page = Some("/v1/users?limit=1".to_owned());
    while let Some(path) = page {
        let answer = admin.get(&path).await.expect_status(200);
        let name = answer.json["_embedded"]["users"][0]["username"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{name} is shown twice");
        page = answer.href("next");
    }
    assert_eq!(names, ["ada-lovelace", "grace", "root"].map(str::to_owned).into());
    let trail = admin.get(&format!("{}/audit-events", ada.path())).await.expect_status(200);
    let changes = trail.json["_embedded"]["audit_events"].as_array().unwrap();
    assert!(changes.iter().any(|event| event["action"] == "user_updated"), "{changes:?}");
}

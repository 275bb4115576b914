//! Who reads the feed.

use super::FEED;
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn only_those_with_the_permission_read_events() {
    let app = TestApp::start().await;
    app.nobody().get(FEED).await.expect_problem(401, "authentication_required");
    let ada = app.user("ada").await;
    ada.get(FEED).await.expect_problem(403, "not_allowed");
    assert_eq!(ada.get("/v1").await.href("events"), None);
    app.role("mirror", &["events.read"]).await;
    app.give(&ada, "mirror").await;
    assert_eq!(ada.get("/v1").await.href("events").as_deref(), Some(FEED));
    ada.get(FEED).await.expect_status(200);
    assert_eq!(app.admin().await.get("/v1").await.href("events").as_deref(), Some(FEED));
}

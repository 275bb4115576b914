//! Liveness and readiness.

use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn health_is_public() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        let answer = app.nobody().with_token("broken").get(path).await.expect_status(200);
        assert_eq!(answer.text, "{\"status\":\"ok\"}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

//! Connections on which nothing, or not enough, is sent.

use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_never_used_is_closed_without_an_answer() {
    let app = TestApp::start().await;
    let (mut unused, mut slow) = (app.raw().await, app.raw().await);
    slow.send("GET /v1 HTTP/1.1\r\nHost: us").await;
    // A client would take a 408 for the answer to the request that it sends at that moment.
    assert_eq!(unused.answer().await, "");
    assert_eq!(slow.status().await, 408, "part of a request is an answer's worth");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_used_late_is_answered() {
    let app = TestApp::start().await;
    let mut late = app.raw().await;
    tokio::time::sleep(std::time::Duration::from_secs(7)).await;
    late.send("GET /health/live HTTP/1.1\r\nHost: usher\r\n\r\n").await;
    assert_eq!(late.status().await, 200);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    late.send("GET /health/live HTTP/1.1\r\nHost: usher\r\n\r\n").await;
    assert_eq!(late.status().await, 200, "once used it is kept");
}

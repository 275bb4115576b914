//! Connections on which nothing, or not enough, is sent.

use std::time::{Duration, Instant};
use tokio::time::sleep;
use usher_testkit::TestApp;

const GET: &str = "GET /health/live HTTP/1.1\r\nHost: usher\r\n\r\n";
const HALF: &str = "GET /health/live HTTP/1.1\r\nHost: us";

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
    sleep(Duration::from_secs(7)).await;
    late.send(GET).await;
    assert_eq!(late.status().await, 200);
    sleep(Duration::from_secs(4)).await;
    late.send(GET).await;
    assert_eq!(late.status().await, 200, "once used it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_later_request_must_arrive_in_time_too() {
    let app = TestApp::start().await;
    let (mut slow, mut pipelining) = (app.raw().await, app.raw().await);
    slow.send(GET).await;
    pipelining.send([GET, HALF].concat()).await;
    assert_eq!((slow.status().await, pipelining.status().await), (200, 200));
    let began = Instant::now();
    slow.send(HALF).await;
    for _ in 0..5 {
        // More bytes give no more time.
        sleep(Duration::from_secs(1)).await;
        slow.send("h").await;
        pipelining.send("h").await;
    }
    let (slow, pipelining) = tokio::join!(slow.answer(), pipelining.answer());
    assert_eq!((slow.as_str(), pipelining.as_str()), ("", ""));
    assert!((9..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_request_that_arrives_in_parts_is_answered_and_idle_time_is_not_counted() {
    let app = TestApp::start().await;
    let mut client = app.raw().await;
    client.send(GET).await;
    assert_eq!(client.status().await, 200);
    for _ in 0..2 {
        client.send(HALF).await;
        sleep(Duration::from_secs(6)).await;
        client.send("her\r\n\r\n").await;
        assert_eq!(client.status().await, 200);
        sleep(Duration::from_secs(6)).await;
    }
}

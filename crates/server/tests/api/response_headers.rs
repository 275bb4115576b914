//! Header fields of every response.

use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_a_unique_id_and_no_version() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for path in ["/v1", "/v1/me", "/nowhere", "/openapi.json"] {
        let answer = app.nobody().get(path).await;
        ids.push(answer.header("x-request-id").to_owned());
        assert_eq!((answer.header("server"), answer.header("x-powered-by")), ("", ""));
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

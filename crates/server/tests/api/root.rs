//! The links of the root for each caller.

use usher_domain::policy::Registration;
use usher_testkit::{Answer, Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_may_register_and_sign_in() {
    let app = TestApp::start().await;
    let root = app.nobody().get("/v1").await.expect_status(200);
    assert_eq!(
        root.links(),
        [
            "register",
            "request-password-reset",
            "reset-password",
            "self",
            "service-desc",
            "service-doc",
            "sign-in-with-passkey",
            "token",
            "verify-email"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_registration_is_not_linked_and_is_refused() {
    let app = TestApp::with(Options { registration: Registration::Closed, ..Options::default() }).await;
    let root = app.nobody().get("/v1").await.expect_status(200);
    assert!(!root.links().contains(&"register".to_owned()));
    app.nobody().register("ada").await.expect_problem(403, "registration_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_gets_a_link_to_the_token_endpoint() {
    let app = TestApp::start().await;
    let refused = app.nobody().with_token("nonsense").get("/v1").await.expect_problem(401, "invalid_token");
    assert_eq!(refused.href("token").as_deref(), Some("/v1/oauth/token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_path_redirects_browsers_to_the_console_and_serves_others_the_root() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    let nobody = app.nobody();
    for door in ["/", "/auth/", "/auth"] {
        let browser = nobody.request("GET", door).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let led = Answer::to(browser).await.expect_status(303);
        assert_eq!(led.header("location"), "/auth/console/");
        let root = nobody.get(door).await.expect_status(200);
        assert_eq!(root.json, nobody.get("/v1").await.json);
        nobody.with_token("nonsense").get(door).await.expect_problem(401, "invalid_token");
        let refused = nobody.delete(door).await.expect_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS");
    }
}

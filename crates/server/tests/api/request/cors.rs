//! Cross-origin requests from browsers and apps.

use usher_testkit::{Answer, Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn browsers_may_call_from_the_origins_of_the_settings_only() {
    const GOOD: &str = "https://app.example.com";
    let app = TestApp::with(Options { cors_origins: vec![GOOD.to_owned()], ..Options::default() }).await;
    let preflight = async |origin: &str, path: &str, method: &str| {
        let request = app.nobody().request("OPTIONS", path).header("origin", origin);
        let request = request.header("access-control-request-method", method);
        Answer::to(request.header("access-control-request-headers", "authorization,content-type,if-match")).await
    };
    for (path, method) in
        [("/v1/users", "POST"), ("/v1/oauth/token", "POST"), ("/v1/me", "GET"), ("/v1/users/x", "PATCH")]
    {
        let allowed = preflight(GOOD, path, method).await;
        assert!(allowed.status < 300, "{path}: {} {}", allowed.status, allowed.text);
        assert_eq!(allowed.header("access-control-allow-origin"), GOOD);
        assert_eq!(allowed.header("access-control-allow-credentials"), "", "never with cookies");
        assert!(allowed.header("access-control-allow-methods").contains(method));
        assert!(allowed.header("allow").contains(method), "{path}: OPTIONS returns the methods");
    }
    let unknown_path = preflight(GOOD, "/nowhere", "GET").await;
    assert!(unknown_path.status < 300, "a page may read that there is nothing");
    assert!(!unknown_path.header("x-request-id").is_empty());
    assert_eq!(unknown_path.header("x-content-type-options"), "nosniff");
    assert_eq!(unknown_path.header("cache-control"), "no-store");
    for (path, token, status) in
        [("/v1", None, 200), ("/v1/me", None, 401), ("/nowhere", None, 404), ("/v1", Some("x"), 401)]
    {
        let client = token.map_or(app.nobody(), |token| app.nobody().with_token(token));
        let answer = Answer::to(client.request("GET", path).header("origin", GOOD)).await.expect_status(status);
        assert_eq!(answer.header("access-control-allow-origin"), GOOD, "{path}: errors are read too");
        let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.join(", ").contains("Origin"), "{path}: {vary:?}");
        let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
        for name in ["etag", "link", "location", "retry-after", "www-authenticate", "x-request-id"] {
            assert!(exposed.contains(name), "{name}: {exposed}");
        }
    }
    let huge = app.nobody().request("POST", "/v1/register").header("origin", GOOD).body("x".repeat(70_000));
    let huge = Answer::to(huge).await.expect_status(413);
    assert_eq!(huge.header("access-control-allow-origin"), GOOD);

    for bad in ["https://evil.example", "http://app.example.com", "https://app.example.com.evil.example", "null"] {
        let refused = preflight(bad, "/v1/users", "POST").await;
        assert_eq!(refused.header("access-control-allow-origin"), "", "{bad}");
        let answer = Answer::to(app.nobody().request("GET", "/v1").header("origin", bad)).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{bad}");
    }
    let asked = preflight(GOOD, "/v1/oauth/token", "POST").await;
    let allowed: Vec<&str> = asked.header("access-control-allow-headers").split(", ").collect();
    for name in ["authorization", "content-type", "if-match", "accept", "traceparent", "tracestate", "baggage"] {
        assert!(allowed.contains(&name), "{name}: {allowed:?}");
    }
    let options = Answer::to(app.nobody().request("OPTIONS", "/v1/users")).await.expect_status(204);
    assert_eq!(options.header("allow"), "GET, HEAD, POST, OPTIONS", "no preflight, so the usual answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_may_call_from_their_own_scheme_with_the_header_fields_of_the_settings() {
    let cors_origins = vec!["capacitor://localhost".to_owned(), "app://bundle".to_owned()];
    let options = Options { cors_origins, cors_headers: vec!["sentry-trace", "x-client"], ..Options::default() };
    let app = TestApp::with(options).await;
    let preflight = async |origin: &str| {
        let request = app.nobody().request("OPTIONS", "/v1/oauth/token").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        Answer::to(request.header("access-control-request-headers", "sentry-trace")).await
    };
    // Browsers leave the case of such a host as it is.
    for origin in ["capacitor://localhost", "app://bundle", "app://Bundle"] {
        let allowed = preflight(origin).await;
        assert_eq!(allowed.header("access-control-allow-origin"), origin);
        let names = allowed.header("access-control-allow-headers");
        assert!(names.starts_with("accept, ") && names.ends_with(", baggage, sentry-trace, x-client"), "{names}");
    }
    for origin in ["null", "capacitor://localhost:80", "capacitor://localhost.evil", "ionic://localhost", "app://"] {
        assert_eq!(preflight(origin).await.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_no_browser_may_call_from_elsewhere() {
    let app = TestApp::start().await;
    for method in ["GET", "OPTIONS"] {
        let request = app.nobody().request(method, "/v1").header("origin", "https://app.example.com");
        let answer = Answer::to(request.header("access-control-request-method", "GET")).await;
        assert!(answer.status < 300);
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{:?}", answer.headers);
    }
}

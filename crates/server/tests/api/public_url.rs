//! Where the world sees the service: behind a path, behind proxies, from browsers.

use serde_json::Value;
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn every_path_that_is_told_begins_with_that_of_the_public_url() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    let admin = app.admin().await;
    for at in ["", "/auth"] {
        let nobody = app.nobody();
        let request = admin.request("GET", &format!("{at}/v1/users?limit=1"));
        let page = Answer::to(request.header("accept", "application/prs.hal-forms+json")).await.expect_status(200);
        let mut told = Vec::new();
        hrefs(&page.json, &mut told);
        assert!(told.len() > 8, "{told:?}");
        assert!(told.iter().all(|href| href.starts_with("/auth/v1/")), "{told:?}");
        assert!(
            page.header("link").split(", ").all(|link| link.starts_with("</auth/v1/users?")),
            "{}",
            page.header("link")
        );

        let refused = nobody.with_token("broken").get(&format!("{at}/v1")).await.expect_status(401);
        assert_eq!(refused.href("token").as_deref(), Some("/auth/v1/oauth/token"));
        assert_eq!(nobody.get(&format!("{at}/docs")).await.header("location"), "/auth/docs/");
        nobody.get(&format!("{at}/docs/")).await.expect_status(200);
        let document = nobody.get(&format!("{at}/openapi.json")).await.expect_status(200).json;
        assert_eq!(
            document["components"]["securitySchemes"]["password"]["flows"]["password"]["tokenUrl"],
            "/auth/v1/oauth/token"
        );
        assert_eq!(document["servers"][0]["url"], "/auth");
        nobody.get(&format!("{at}/nowhere")).await.expect_problem(404, "not_found");
        nobody.get(&format!("{at}/v1/register")).await.expect_problem(405, "method_not_allowed");
    }
    let body = serde_json::json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let made = app.nobody().post("/auth/v1/register", &body).await.expect_status(201);
    assert_eq!(made.header("location"), format!("/auth/v1/users/{}", made.json["id"].as_str().unwrap()));
    app.admin().await.get(made.header("location")).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_of_an_issuer_with_a_path_are_where_clients_look_for_them() {
    const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";
    let app = TestApp::with(Options { prefix: "/some/auth".to_owned(), ..Options::default() }).await;
    let nobody = app.nobody();
    let metadata = nobody.get(&format!("{WELL_KNOWN}/some/auth")).await.expect_status(200);
    assert!(metadata.json["issuer"].as_str().unwrap().ends_with("/some/auth"), "{}", metadata.text);
    for same in [
        WELL_KNOWN,
        "/some/auth/.well-known/oauth-authorization-server",
        "/some/auth/.well-known/openid-configuration",
        "/.well-known/openid-configuration/some/auth",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(nobody.get(same).await.expect_status(200).text, metadata.text);
    }
    for other in ["/other", "/some", "/some/auth/"] {
        nobody.get(&format!("{WELL_KNOWN}{other}")).await.expect_problem(404, "not_found");
    }
}

fn hrefs(value: &Value, told: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(href) if name == "href" || name == "target" => told.push(href.to_owned()),
                    _ => hrefs(member, told),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| hrefs(item, told)),
        _ => {}
    }
}

/// The address that the trail shows for the last registration.
async fn seen_from(app: &TestApp, n: usize, forwarded: &[&str]) -> String {
    let name = format!("user{n}");
    let mut request = app.nobody().request("POST", "/v1/register");
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    let body = serde_json::json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    Answer::to(request.json(&body)).await.expect_status(201);
    let trail = "SELECT address FROM audit_events WHERE action = 'user_registered' ORDER BY id DESC LIMIT 1";
    app.sql().await.rows(trail).await[0]["address"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_choose_their_address() {
    let app = TestApp::start().await;
    for (n, forwarded) in [vec![], vec!["203.0.113.7"], vec!["203.0.113.7, 127.0.0.1"]].iter().enumerate() {
        assert_eq!(seen_from(&app, n, forwarded).await, "127.0.0.1", "{forwarded:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_tells_the_clients_address() {
    let trusted_proxies = vec!["127.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()];
    let app = TestApp::with(Options { trusted_proxies, ..Options::default() }).await;
    for (n, (forwarded, address)) in [
        (vec![], "127.0.0.1"),
        (vec!["203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (vec!["198.51.100.1", "203.0.113.7,10.1.2.3"], "203.0.113.7"),
        (vec!["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (vec!["2001:db8::1"], "2001:db8::1"),
        (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
        (vec!["203.0.113.7, nonsense"], "127.0.0.1"),
        (vec!["203.0.113.7, nonsense, 10.1.2.3"], "10.1.2.3"),
        (vec![""], "127.0.0.1"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(seen_from(&app, n, &forwarded).await, address, "{forwarded:?}");
    }
}

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
        assert!(allowed.header("allow").contains(method), "{path}: who asks with OPTIONS is told the methods");
    }
    assert!(preflight(GOOD, "/nowhere", "GET").await.status < 300, "a page may read that there is nothing");
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

//! Which error is returned if several apply: size, 404 for the route, 405, 400 for the path, 401, 403, 404, 406, 415, 400 for
//! query and body, 412, 409. And what any path does with any method.

use serde_json::json;
use usher_testkit::{Answer, Client, TestApp};

const NO_ONE: &str = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";
const TOO_LARGE: usize = 64 * 1024 + 1;

/// A request at fault in every way that headers and body can be.
fn bad(client: &Client, method: &str, path: &str) -> reqwest::RequestBuilder {
    client
        .request(method, &format!("{path}?nonsense=1"))
        .header("accept", "text/html")
        .header("content-type", "text/plain")
        .header("if-match", "\"99\"")
        .body("[")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_errors_the_first_in_the_documented_order_is_returned() {
    let app = TestApp::start().await;
    let (nobody, admin, ada, _bob) = (app.nobody(), app.admin().await, app.user("ada").await, app.user("bob").await);
    let broken = nobody.with_token("broken");
    let of_ada = ada.path();

    // Size before the route.
    for (method, path) in [("POST", "/nowhere"), ("PUT", "/v1/users"), ("PATCH", "/v1/users/x"), ("POST", "/v1/users")]
    {
        let huge = bad(&broken, method, path).body("x".repeat(TOO_LARGE));
        Answer::to(huge).await.expect_problem(413, "body_too_large");
    }
    // The route before its methods, the methods before the path's parts.
    Answer::to(bad(&broken, "PUT", "/v1/nowhere")).await.expect_problem(404, "not_found");
    Answer::to(bad(&broken, "PUT", "/v1/users/x")).await.expect_problem(405, "method_not_allowed");
    // The path before the caller.
    for client in [&broken, &nobody, &*ada, &*admin] {
        let refused = Answer::to(bad(client, "PATCH", "/v1/users/x")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/id not_a_uuid"]);
    }
    // The caller before the rights.
    Answer::to(bad(&broken, "PATCH", &of_ada)).await.expect_problem(401, "invalid_token");
    Answer::to(bad(&nobody, "PATCH", &of_ada)).await.expect_problem(401, "authentication_required");
    // The rights before the target.
    Answer::to(bad(&ada, "PATCH", NO_ONE)).await.expect_problem(403, "not_allowed");
    Answer::to(bad(&ada, "POST", "/v1/users")).await.expect_problem(403, "not_allowed");
    // The target before the form of the answer.
    Answer::to(bad(&admin, "PATCH", NO_ONE)).await.expect_problem(404, "not_found");
    // The form of the answer before that of the body.
    Answer::to(bad(&ada, "PATCH", &of_ada)).await.expect_problem(406, "not_acceptable");
    // The form of the body before what is in it.
    let typed = ada.request("PATCH", &format!("{of_ada}?nonsense=1")).header("content-type", "text/plain").body("[");
    Answer::to(typed).await.expect_problem(415, "unsupported_media_type");
    // What is in it before the condition.
    let request = |body: serde_json::Value| ada.request("PATCH", &of_ada).header("if-match", "\"99\"").json(&body);
    Answer::to(request(json!({ "username": "" }))).await.expect_problem(400, "invalid_input");
    // The condition before the conflict.
    Answer::to(request(json!({ "username": "bob" }))).await.expect_problem(412, "precondition_failed");
    ada.patch(&of_ada, &json!({ "username": "bob" })).await.expect_problem(409, "username_taken");
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"1\"", "none of it changed anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_answers_head_options_and_methods_it_does_not_have() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let one = admin.path();
    for (path, allow) in [
        ("/", "GET, HEAD, OPTIONS"),
        ("/v1", "GET, HEAD, OPTIONS"),
        ("/v1/register", "POST, OPTIONS"),
        ("/v1/oauth/token", "POST, OPTIONS"),
        ("/v1/me", "GET, HEAD, OPTIONS"),
        ("/v1/users", "GET, HEAD, POST, OPTIONS"),
        (&one, "GET, HEAD, PATCH, DELETE, OPTIONS"),
        (&format!("{one}/password"), "PUT, OPTIONS"),
        (&format!("{one}/suspend"), "POST, OPTIONS"),
        (&format!("{one}/reactivate"), "POST, OPTIONS"),
        (&format!("{one}/lift-throttle"), "POST, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/docs/", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/.well-known/jwks.json", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/health/ready", "GET, HEAD, OPTIONS"),
    ] {
        for client in [&*admin, &app.nobody(), &app.nobody().with_token("broken")] {
            let options = Answer::to(client.request("OPTIONS", path)).await.expect_status(204);
            assert_eq!((options.header("allow"), options.text.as_str()), (allow, ""), "{path}");
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY"] {
                if !allow.contains(method) {
                    let refused = Answer::to(client.request(method, path)).await;
                    assert_eq!((refused.status, refused.code()), (405, "method_not_allowed"), "{method} {path}");
                    assert_eq!(refused.header("allow"), allow, "{method} {path}");
                    assert_eq!(refused.header("content-type"), "application/problem+json");
                }
            }
        }
        if allow.contains("GET") {
            let (get, head) = (admin.get(path).await, Answer::to(admin.request("HEAD", path)).await);
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.text, "", "{path}");
            for name in ["content-type", "content-length", "etag", "vary", "cache-control", "link", "location"] {
                assert_eq!(head.header(name), get.header(name), "{name} of {path}");
            }
        }
    }
    let refused = Answer::to(app.nobody().request("HEAD", "/v1/me")).await.expect_status(401);
    assert_eq!((refused.text.as_str(), refused.header("www-authenticate")), ("", "Bearer realm=\"usher\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_resource_is_a_404_for_everyone() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in [
        "/v1/",
        "/v2",
        "/V1/users",
        "/v1/users/",
        "/v1//users",
        "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77/",
        "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77/nothing",
        "/v1/oauth",
        "/docs/nothing.js",
        "/docs/..%2f..%2fetc%2fpasswd",
        "/.env",
        "/%",
        "/%00",
        "/v1%2fusers",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            if path.starts_with("/docs/") && method != "GET" {
                continue;
            }
            let refused = Answer::to(admin.request(method, path)).await;
            assert_eq!((refused.status, refused.code()), (404, "not_found"), "{method} {path}: {}", refused.text);
            assert_eq!(refused.header("content-type"), "application/problem+json");
            assert_eq!(refused.header("x-content-type-options"), "nosniff");
        }
    }
}

//! The page with the API documentation, the OpenAPI document and the public keys.

use serde_json::Value;
use usher_testkit::{Answer, TestApp};

fn extension(file: &str) -> Option<&str> {
    std::path::Path::new(file).extension()?.to_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_swagger_ui_is_complete() {
    let app = TestApp::start().await;
    let nobody = app.nobody().with_token("broken");
    let moved = nobody.get("/docs").await.expect_status(303);
    assert_eq!(moved.header("location"), "/docs/");
    let page = nobody.get("/docs/").await.expect_status(200);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let mut files = 0;
    for piece in page.text.split(['"', '\'']).filter(|piece| [Some("js"), Some("css")].contains(&extension(piece))) {
        assert!(!piece.contains("//"), "from nowhere else: {piece}");
        nobody.get(&format!("/docs/{}", piece.trim_start_matches("./"))).await.expect_status(200);
        files += 1;
    }
    assert!(files >= 3, "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_every_operation_and_each_can_be_reached() {
    let app = TestApp::start().await;
    let document = app.nobody().get("/openapi.json").await.expect_status(200);
    assert_eq!(document.json["openapi"], "3.1.0");
    let kept: Value =
        serde_json::from_str(&usher_http::document(usher_http::OPERATIONS, "").to_json().unwrap()).unwrap();
    assert_eq!(document.json, kept);
    let flow = &document.json["components"]["securitySchemes"]["password"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/v1/oauth/token");
    let mut ids = Vec::new();
    for (path, operations) in document.json["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            let path = path.replace("{id}", "x").replace("{session_id}", "x");
            let answer = Answer::to(app.nobody().request(&method.to_uppercase(), &path)).await;
            assert!(![404, 405, 500].contains(&answer.status), "{method} {path}: {}", answer.status);
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        }
    }
    for id in [
        "get_root",
        "register_user",
        "issue_token",
        "get_me",
        "list_users",
        "create_user",
        "get_user",
        "update_user",
        "delete_user",
        "change_password",
        "suspend_user",
        "reactivate_user",
        "lift_throttle",
    ] {
        assert!(ids.iter().any(|known| known == id), "{id}");
    }
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all, "each id once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_may_be_kept_for_five_minutes() {
    let app = TestApp::start().await;
    let document = app.nobody().get("/openapi.json").await.expect_status(200);
    assert_eq!(document.header("cache-control"), "public, max-age=300");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_are_public_halves_only() {
    let app = TestApp::start().await;
    let jwks = app.nobody().get("/.well-known/jwks.json").await.expect_status(200);
    assert_eq!(jwks.header("cache-control"), "public, max-age=60");
    let keys = jwks.json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    for key in keys {
        assert!(key.get("d").is_none(), "{key}");
        for (name, value) in [("kty", "EC"), ("crv", "P-256"), ("alg", "ES256"), ("use", "sig")] {
            assert_eq!(key[name], value);
        }
    }
}

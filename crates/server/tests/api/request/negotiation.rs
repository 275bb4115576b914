//! In which form answers come.

use serde_json::json;
use usher_testkit::{Answer, FORMS, PASSWORD, TestApp};

const JSON: &str = "application/json";
const HAL: &str = "application/hal+json";

#[tokio::test(flavor = "multi_thread")]
async fn a_representation_comes_in_the_form_that_is_accepted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/v1", "/v1/me", "/v1/users", &admin.path()] {
        let bare = admin.get(path).await;
        let with = async |accept: &str| Answer::to(admin.request("GET", path).header("accept", accept)).await;
        assert_eq!(bare.header("content-type"), HAL);
        for (accept, media) in [
            ("*/*", HAL),
            ("text/html, */*;q=0.1", HAL),
            ("application/*", JSON),
            (JSON, JSON),
            ("Application/JSON;charset=utf-8", JSON),
            (&format!("{FORMS}, {HAL}, {JSON}"), JSON),
            (&format!("{FORMS}, {HAL}"), HAL),
            (&format!("{FORMS}, {JSON};q=0.9"), FORMS),
            (FORMS, FORMS),
        ] {
            let answer = with(accept).await.expect_status(200);
            assert_eq!(answer.header("content-type"), media, "{accept}");
            assert_eq!(answer.header("vary"), "Accept, Authorization");
            if media == FORMS {
                assert!(answer.json["_templates"].is_object(), "{}", answer.text);
            } else {
                assert_eq!(answer.text, bare.text, "the same bytes");
            }
        }
        for accept in ["text/html", "application/xml", "application/json;q=0", "image/*"] {
            let refused = with(accept).await.expect_problem(406, "not_acceptable");
            assert_eq!(refused.header("content-type"), "application/problem+json");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_not_done() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let new = json!({ "username": "new", "email": "new@example.com", "password": PASSWORD });
    let none = json!({});
    let change = json!({ "username": "other" });
    for (client, method, path, body) in [
        (&app.nobody(), "POST", "/v1/register".to_owned(), &new),
        (&admin, "POST", "/v1/users".to_owned(), &new),
        (&ada, "PATCH", ada.path(), &change),
        (&admin, "POST", format!("{}/suspend", ada.path()), &none),
        (&admin, "POST", format!("{}/reactivate", ada.path()), &none),
    ] {
        let request = client.request(method, &path).header("accept", "text/html").json(body);
        Answer::to(request).await.expect_problem(406, "not_acceptable");
    }
    assert_eq!(admin.get("/v1/users").await.json["total"], 2);
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_without_a_representation_ignores_accept() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for accept in ["text/html", "application/problem+json", "application/json;q=0"] {
        for path in ["/openapi.json", "/.well-known/jwks.json", "/health/live", "/health/ready"] {
            let answer = Answer::to(app.nobody().request("GET", path).header("accept", accept)).await;
            assert_eq!((answer.status, answer.header("content-type")), (200, JSON), "{path} {accept}");
        }
        let body = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
        let request = ada.request("PUT", &format!("{}/password", ada.path())).header("accept", accept).json(&body);
        Answer::to(request).await.expect_status(204);
    }
    let request = ada.request("DELETE", &ada.path()).header("accept", "application/problem+json");
    Answer::to(request).await.expect_status(204);
}

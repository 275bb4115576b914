//! Deleting users.

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn users_delete_themselves_and_free_their_names() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let gone = ada.delete(&ada.path()).await.expect_status(204);
    assert_eq!((gone.text.as_str(), gone.header("content-type")), ("", ""));
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    ada.delete(&ada.path()).await.expect_problem(401, "invalid_token");
    admin.get(&ada.path()).await.expect_problem(404, "not_found");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    let again = app.user("ada").await;
    assert_ne!(again.id, ada.id);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_deletes_a_user_once() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    admin.delete(&ada.path()).await.expect_status(204);
    admin.delete(&ada.path()).await.expect_problem(404, "not_found");
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    for (method, tail) in [("PATCH", ""), ("POST", "/suspend"), ("POST", "/reactivate")] {
        let request = admin.request(method, &format!("{}{tail}", ada.path())).json(&json!({ "role": "user" }));
        Answer::to(request).await.expect_problem(404, "not_found");
    }
}

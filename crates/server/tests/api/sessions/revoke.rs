//! Revoking one session or all of them.

use super::{session_list, sessions};
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn revoking_one_session_signs_out_that_device_alone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let page = session_list(&other, &ada).await;
    let first = sessions(&page).iter().find(|session| session["current"] == false).unwrap();
    let href = first["_links"]["revoke"]["href"].as_str().unwrap();
    other.delete(href).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    other.get("/v1/me").await.expect_status(200);
    other.delete(href).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_all_sessions_signs_out_everywhere_the_caller_included() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let bob = app.user("bob").await;
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
    for gone in [&ada, &other] {
        gone.get("/v1/me").await.expect_problem(401, "invalid_token");
    }
    bob.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_managed_only_by_their_user_and_by_admins() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let page = session_list(&admin, &ada).await;
    let href = sessions(&page)[0]["_links"]["revoke"]["href"].as_str().unwrap().to_owned();
    assert_eq!(sessions(&page)[0]["current"], false);
    let all = format!("{}/sessions", ada.path());
    bob.get(&all).await.expect_problem(403, "not_allowed");
    bob.delete(&all).await.expect_problem(403, "not_allowed");
    bob.delete(&href).await.expect_problem(403, "not_allowed");
    app.nobody().get(&all).await.expect_problem(401, "authentication_required");
    // The same whether the user exists or not.
    let nowhere = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77/sessions";
    bob.get(nowhere).await.expect_problem(403, "not_allowed");
    admin.get(nowhere).await.expect_problem(404, "not_found");
    // A session is found under its own user's path only.
    let session = href.rsplit('/').next().unwrap();
    bob.delete(&format!("{}/sessions/{session}", bob.path())).await.expect_problem(404, "not_found");
    admin.delete(&format!("{all}/nonsense")).await.expect_problem(400, "invalid_input");
    ada.get("/v1/me").await.expect_status(200);
    admin.delete(&href).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_say_how_to_revoke() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/sessions", ada.path());
    let page = ada.get_with_forms(&path).await.expect_status(200).json;
    assert_eq!(page["_templates"]["revoke-all"]["method"], "DELETE");
    assert_eq!(page["_templates"]["default"], page["_templates"]["revoke-all"]);
    let session = &page["_embedded"]["sessions"][0];
    assert_eq!(session["_templates"]["revoke"]["target"], session["_links"]["revoke"]["href"]);
}

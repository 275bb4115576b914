//! Deletion, suspension, passwords, and the admin who must stay.

use serde_json::json;
use usher_testkit::{Answer, Options, PASSWORD, TestApp};

const NEW: &str = "another-good-one-77";

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

#[tokio::test(flavor = "multi_thread")]
async fn the_last_admin_cannot_go_step_down_or_be_shut_out() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let me = admin.get("/v1/me").await;
    for absent in ["delete", "suspend", "reactivate"] {
        assert!(!me.links().contains(&absent.to_owned()), "{absent}");
    }
    admin.delete(&admin.path()).await.expect_problem(409, "last_admin");
    admin.patch(&admin.path(), &json!({ "role": "user" })).await.expect_problem(409, "last_admin");
    // Nobody suspends themself, whatever state they are in.
    admin.act(&format!("{}/suspend", admin.path())).await.expect_problem(403, "not_allowed");
    admin.patch(&admin.path(), &json!({ "role": "admin" })).await.expect_status(200);

    // One who cannot sign in is no help.
    let body = json!({ "username": "ghost", "email": "ghost@example.com", "role": "admin" });
    admin.post("/v1/users", &body).await.expect_status(201);
    admin.delete(&admin.path()).await.expect_problem(409, "last_admin");

    let second = app.another_admin("second").await;
    let me = admin.get("/v1/me").await;
    assert!(me.links().contains(&"delete".to_owned()), "{:?}", me.links());
    second.act(&format!("{}/suspend", admin.path())).await.expect_status(200);
    second.delete(&second.path()).await.expect_problem(409, "last_admin");
    second.act(&format!("{}/reactivate", admin.path())).await.expect_status(200);
    second.delete(&second.path()).await.expect_status(204);
    let admin = app.admin().await;
    admin.patch(&admin.path(), &json!({ "role": "user" })).await.expect_problem(409, "last_admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_who_steps_down_is_a_user_in_the_very_answer() {
    let app = TestApp::start().await;
    let second = app.another_admin("second").await;
    let changed = second.patch(&second.path(), &json!({ "role": "user" })).await.expect_status(200);
    assert_eq!(changed.json["role"], "user");
    assert_eq!(changed.text, second.get(&second.path()).await.text);
    assert!(!changed.links().contains(&"collection".to_owned()));
    second.get("/v1/users").await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_out_until_reactivated() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let path = |what: &str| format!("{}/{what}", ada.path());
    admin.act(&path("reactivate")).await.expect_problem(409, "not_suspended");
    let suspended = admin.act(&path("suspend")).await.expect_status(200);
    assert_eq!((suspended.json["status"].as_str(), suspended.header("etag")), (Some("suspended"), "\"2\""));
    assert_eq!(suspended.text, admin.get(&ada.path()).await.text);
    assert_eq!(suspended.header("content-location"), ada.path());
    assert!(suspended.href("suspend").is_none() && suspended.href("reactivate").is_some());
    admin.act(&path("suspend")).await.expect_problem(409, "already_suspended");
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().register("ada").await.expect_problem(409, "username_taken");

    let active = admin.act(&path("reactivate")).await.expect_status(200);
    assert_eq!((active.json["status"].as_str(), active.header("etag")), (Some("active"), "\"3\""));
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_is_for_admins_and_not_on_themselves() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    for what in ["suspend", "reactivate"] {
        for path in [ada.path(), bob.path(), admin.path()] {
            ada.act(&format!("{path}/{what}")).await.expect_problem(403, "not_allowed");
        }
        admin.act(&format!("{}/{what}", admin.path())).await.expect_problem(403, "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_without_a_body_takes_an_empty_object_and_nothing_else() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let suspend = format!("{}/suspend", ada.path());
    let refused = admin.post(&suspend, &json!({ "why": "x" })).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/why unknown"]);
    admin.post(&suspend, &json!([])).await.expect_problem(400, "malformed");
    let text = admin.request("POST", &suspend).header("content-type", "text/plain").body("x");
    Answer::to(text).await.expect_problem(415, "unsupported_media_type");
    let untyped = admin.request("POST", &suspend).body("{}");
    Answer::to(untyped).await.expect_problem(415, "unsupported_media_type");
    let bare = admin.request("POST", &suspend).header("content-type", "text/plain");
    Answer::to(bare).await.expect_status(200);
    admin.post(&format!("{}/reactivate", ada.path()), &json!({})).await.expect_status(200);
    Answer::to(admin.request("DELETE", &ada.path()).json(&json!({}))).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_other_session() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let elsewhere = app.nobody().sign_in("ada", PASSWORD).await;
    let path = format!("{}/password", ada.path());
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    let done = ada.put(&path, &body).await.expect_status(204);
    assert_eq!(done.text, "");
    ada.get("/v1/me").await.expect_status(200);
    elsewhere.get("/v1/me").await.expect_problem(401, "invalid_token");
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().sign_in("ada", NEW).await;
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"1\"", "the password is not in the representation");
    let refused = ada.put(&path, &body).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/current_password wrong_password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_must_be_a_good_one_and_ones_own_to_change() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("lovelace").await);
    let path = format!("{}/password", ada.path());
    let change = |new: &str| json!({ "current_password": PASSWORD, "new_password": new });
    for (new, code) in [
        ("short", "too_short"),
        ("password1", "too_common"),
        ("kQ9$vT2\0!ha", "contains_nul"),
        (&"kQ9$vT2!ha".repeat(8), "too_long"),
        ("LOVELACE99", "too_personal"),
    ] {
        let refused = ada.put(&path, &change(new)).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), [format!("/new_password {code}")], "{new:?}");
    }
    let nothing = ada.put(&path, &json!({})).await.expect_problem(400, "invalid_input");
    assert_eq!(nothing.faults(), ["/current_password required", "/new_password required"]);
    let long = json!({ "current_password": "x".repeat(1025), "new_password": NEW });
    assert_eq!(ada.put(&path, &long).await.faults(), ["/current_password too_long"]);
    admin.put(&path, &change(NEW)).await.expect_problem(403, "not_allowed");
    app.nobody().put(&path, &change(NEW)).await.expect_problem(401, "authentication_required");
    app.nobody().sign_in("lovelace", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_addresses_must_be_verified_the_last_admin_with_a_verified_one_stays() {
    let app = TestApp::with(Options { require_verified_email: true, ..Options::default() }).await;
    let admin = app.admin().await;
    let body = json!({ "username": "grace", "email": "grace@example.com", "password": PASSWORD, "role": "admin" });
    let grace = admin.post("/v1/users", &body).await.expect_status(201).header("location").to_owned();
    let mail = app.mail_to("grace@example.com", 1).await;
    // Grace has a password, but cannot sign in.
    assert_eq!(admin.get("/v1/me").await.href("delete"), None);
    admin.patch(&admin.path(), &json!({ "role": "user" })).await.expect_problem(409, "last_admin");
    admin.delete(&admin.path()).await.expect_problem(409, "last_admin");
    // Of those who cannot sign in none is the last who can.
    admin.act(&format!("{grace}/suspend")).await.expect_status(200);
    admin.act(&format!("{grace}/reactivate")).await.expect_status(200);
    app.nobody().post("/v1/email-verifications/confirm", &json!({ "token": mail.token() })).await.expect_status(400);
    app.sql().await.execute("UPDATE users SET email_verified = true WHERE username = 'grace'").await;
    let grace = app.nobody().sign_in("grace", PASSWORD).await;
    assert_eq!(admin.get("/v1/me").await.href("delete"), Some(admin.path()));

    // One admin changes the address of the other, who has to verify it first; then neither may take the other away.
    let change = |email: &str| json!({ "email": email });
    admin.patch(&grace.path(), &change("hopper@example.com")).await.expect_status(200);
    grace.patch(&admin.path(), &change("boss@example.com")).await.expect_problem(409, "last_admin");
    grace.act(&format!("{}/suspend", admin.path())).await.expect_problem(409, "last_admin");
    grace.delete(&admin.path()).await.expect_problem(409, "last_admin");
    let mail = app.mail_to("hopper@example.com", 1).await;
    app.nobody().post("/v1/email-verifications/confirm", &json!({ "token": mail.token() })).await.expect_status(204);
    grace.delete(&admin.path()).await.expect_status(204);
    app.nobody().sign_in("grace", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_verified_admins_who_step_down_together_one_stays_beside_an_unverified_one() {
    let options = Options { require_verified_email: true, ..Options::default() };
    let app = TestApp::with(options.clone()).await;
    let replica = app.replica_with(options).await;
    let admin = app.admin().await;
    for name in ["grace", "third"] {
        let email = format!("{name}@example.com");
        let body = json!({ "username": name, "email": email, "password": PASSWORD, "role": "admin" });
        admin.post("/v1/users", &body).await.expect_status(201);
    }
    app.sql().await.execute("UPDATE users SET email_verified = true WHERE username = 'grace'").await;
    let grace = replica.nobody().sign_in("grace", PASSWORD).await;
    for round in 0..10 {
        let down = json!({ "role": "user" });
        let (own, hers) = (admin.path(), grace.path());
        let (one, other) = tokio::join!(admin.patch(&own, &down), grace.patch(&hers, &down));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
        app.sql().await.execute("UPDATE users SET role = 'admin'").await;
    }
}

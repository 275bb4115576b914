//! Updating users: fields, rights to them, conditions, conflicts.

use serde_json::{Value, json};
use usher_testkit::{Answer, Client, PASSWORD, TestApp};

async fn patch_if(client: &Client, path: &str, tag: &str, body: &Value) -> Answer {
    Answer::to(client.request("PATCH", path).header("if-match", tag).json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_changes_their_name() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let before = ada.get("/v1/me").await;
    let changed = ada.patch(&ada.path(), &json!({ "username": "countess" })).await.expect_status(200);
    assert_eq!(changed.json["username"], "countess");
    assert_eq!(changed.header("etag"), "\"2\"");
    assert!(changed.json["updated_at"].as_str() > before.json["updated_at"].as_str());
    assert_eq!(changed.json["created_at"], before.json["created_at"]);
    assert_eq!(changed.text, ada.get("/v1/me").await.text);
    app.nobody().sign_in("countess", PASSWORD).await;
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().register("countess").await.expect_problem(409, "username_taken");
    let again = json!({ "username": "ada", "email": "second@example.com", "password": PASSWORD });
    app.nobody().post("/v1/register", &again).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_may_change_its_case() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let changed = ada.patch(&ada.path(), &json!({ "username": "ADA" })).await.expect_status(200);
    assert_eq!((changed.json["username"].as_str(), changed.header("etag")), (Some("ADA"), "\"2\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_value_is_not_a_change_and_needs_no_permission() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let same = json!({ "username": "ada", "email": "ada@example.com", "role": "user" });
    let unchanged = ada.patch(&ada.path(), &same).await.expect_status(200);
    assert_eq!(unchanged.header("etag"), "\"1\"");
    assert_eq!(unchanged.text, ada.get("/v1/me").await.text);
    let trail = app.sql().await.rows("SELECT action FROM audit_events WHERE action = 'user_updated'").await;
    assert!(trail.is_empty(), "nothing happened, so there is no event: {trail:?}");
    let mixed = json!({ "username": "lovelace", "email": "ada@example.com", "role": "user" });
    let changed = ada.patch(&ada.path(), &mixed).await.expect_status(200);
    assert_eq!((changed.json["username"].as_str(), changed.header("etag")), (Some("lovelace"), "\"2\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_cannot_write_the_role() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let refused = ada.patch(&ada.path(), &json!({ "role": "admin", "username": "x", "age": 1 })).await;
    let refused = refused.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/age unknown", "/role not_writable", "/username too_short"]);
    for role in [json!("owner"), json!(1), json!(["admin"])] {
        let refused = ada.patch(&ada.path(), &json!({ "role": role })).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/role not_writable"], "{role}");
    }
    assert_eq!(ada.get("/v1/me").await.json["role"], "user");
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_new_address_needs_the_password_and_a_confirmation() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let new = "lovelace@example.com";
    let refused = ada.patch(&ada.path(), &json!({ "email": new })).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/current_password required"]);
    let wrong = json!({ "email": new, "current_password": "not-the-password" });
    let refused = ada.patch(&ada.path(), &wrong).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/current_password wrong_password"]);

    let right = json!({ "email": new, "current_password": PASSWORD });
    let changed = ada.patch(&ada.path(), &right).await.expect_status(200);
    assert_eq!((&changed.json["email"], &changed.json["pending_email"]), (&json!("ada@example.com"), &json!(new)));
    assert_eq!(changed.header("etag"), "\"2\"");
    app.nobody().password_grant(new, PASSWORD).await.expect_problem(400, "invalid_grant");
    app.nobody().sign_in("ada@example.com", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_new_address_must_not_belong_to_another_user() {
    let app = TestApp::start().await;
    let (ada, _bob) = (app.user("ada").await, app.user("bob").await);
    let body = json!({ "email": "BOB@example.com", "current_password": PASSWORD });
    ada.patch(&ada.path(), &body).await.expect_problem(409, "email_taken");
    assert_eq!(ada.get("/v1/me").await.json["pending_email"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_changes_anothers_fields_at_once() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let body = json!({ "username": "countess", "email": "countess@example.com", "role": "admin" });
    let changed = admin.patch(&ada.path(), &body).await.expect_status(200);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(changed.json[name], *value);
    }
    assert_eq!((&changed.json["email_verified"], &changed.json["pending_email"]), (&json!(false), &Value::Null));
    assert_eq!(changed.header("etag"), "\"2\"");
    ada.get("/v1/users").await.expect_status(200);
    admin.patch(&ada.path(), &json!({ "role": "user" })).await.expect_status(200);
    ada.get("/v1/users").await.expect_problem(403, "not_allowed");
    let body = json!({ "email": "x@example.com", "current_password": PASSWORD });
    let refused = admin.patch(&ada.path(), &body).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/current_password not_writable"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_without_a_field_to_change_is_an_error() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let empty = ada.patch(&ada.path(), &json!({})).await.expect_problem(400, "invalid_input");
    assert_eq!(empty.faults(), [" empty"]);
    let proof = ada.patch(&ada.path(), &json!({ "current_password": PASSWORD })).await;
    assert_eq!(proof.expect_problem(400, "invalid_input").faults(), [" empty"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_patch_and_hal_media_types_are_accepted_as_json() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let request = |media: &str| {
        ada.request("PATCH", &ada.path())
            .header("content-type", media)
            .body(json!({ "username": "countess" }).to_string())
    };
    for media in ["application/merge-patch+json", "application/hal+json", "Application/JSON; charset=utf-8"] {
        Answer::to(request(media)).await.expect_status(200);
    }
    for media in ["application/json-patch+json", "text/plain", "application/x-www-form-urlencoded", "json", ""] {
        Answer::to(request(media)).await.expect_problem(415, "unsupported_media_type");
    }
    let null = ada.patch(&ada.path(), &json!({ "username": null })).await.expect_problem(400, "invalid_input");
    assert_eq!(null.faults(), [" empty"], "null counts as absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_others_cannot_be_taken() {
    let app = TestApp::start().await;
    let (admin, ada, _bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    ada.patch(&ada.path(), &json!({ "username": "Bob" })).await.expect_problem(409, "username_taken");
    admin.patch(&ada.path(), &json!({ "email": "Bob@example.com" })).await.expect_problem(409, "email_taken");
    let both = json!({ "username": "new", "email": "bob@example.com" });
    admin.patch(&ada.path(), &both).await.expect_problem(409, "email_taken");
    let seen = ada.get("/v1/me").await;
    assert_eq!((seen.json["username"].as_str(), seen.header("etag")), (Some("ada"), "\"1\""), "all or nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_must_hold() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let body = |n: u32| json!({ "username": format!("ada{n}") });
    for (n, holds) in (1..).zip(["\"1\"", "*", "\"9\", \"3\"", "\"x\" , \"4\"", "W/\"7\", W/\"5\""]) {
        let changed = patch_if(&ada, &ada.path(), holds, &body(n)).await;
        assert_eq!(changed.status, 200, "{holds}: {}", changed.text);
        assert_eq!(changed.header("etag"), format!("\"{}\"", n + 1));
    }
    for fails in [
        "\"5\"",
        "W/\"5\"",
        "\"5-gzip\"",
        "W/6",
        "w/\"6\"",
        "\"6-\"",
        "\"6-7\"",
        "\"6gzip\"",
        "\"6-gzipx\"",
        "\"-gzip\"",
        "\"6---gzip\"",
        "6",
        "\"06\"",
        "\"+6\"",
        "\" 6\"",
        "\"6",
        "",
        "\"\"",
        "x",
        "\"7\", \"8\"",
        "\"99999999999999999999\"",
    ] {
        let refused = patch_if(&ada, &ada.path(), fails, &body(9)).await;
        assert_eq!((refused.status, refused.code()), (412, "precondition_failed"), "{fails:?}: {}", refused.text);
    }
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"6\"");
    let admin = app.admin().await;
    for (method, tail) in [("POST", "/suspend"), ("POST", "/reactivate"), ("DELETE", "")] {
        let request = admin.request(method, &format!("{}{tail}", ada.path())).header("if-match", "\"5\"");
        Answer::to(request).await.expect_problem(412, "precondition_failed");
    }
    let body = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    let request = ada.request("PUT", &format!("{}/password", ada.path())).header("if-match", "\"5\"").json(&body);
    Answer::to(request).await.expect_problem(412, "precondition_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_a_compressing_proxy_weakened_or_marked_is_accepted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let forms: [&dyn Fn(u32) -> String; 12] = [
        &|n| format!("W/\"{n}\""),
        &|n| format!("\"{n}-gzip\""),
        &|n| format!("\"{n}--gzip\""),
        &|n| format!("\"{n};br\""),
        &|n| format!("\"{n};gzip\""),
        &|n| format!("\"{n}-br\""),
        &|n| format!("\"{n}-zstd\""),
        &|n| format!("\"{n}-deflate\""),
        &|n| format!("W/\"{n}-gzip\""),
        &|n| format!("\"{n}-gzip-gzip\""),
        &|n| format!("W/\"77\", W/\"{n}\""),
        &|n| format!("\"77-gzip\" ,\"{n}-gzip\""),
    ];
    for (n, form) in (1..).zip(forms) {
        let body = json!({ "username": format!("ada{n}") });
        patch_if(&ada, &ada.path(), &form(n + 1), &body).await.expect_problem(412, "precondition_failed");
        let changed = patch_if(&ada, &ada.path(), &form(n), &body).await;
        assert_eq!(changed.status, 200, "{}: {}", form(n), changed.text);
        assert_eq!(changed.header("etag"), format!("\"{}\"", n + 1));
    }
    let delete = async |tag: &str| Answer::to(ada.request("DELETE", &ada.path()).header("if-match", tag)).await;
    delete("W/\"12\"").await.expect_problem(412, "precondition_failed");
    delete("W/\"13\"").await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_is_reported_before_a_conflict_and_after_invalid_input() {
    let app = TestApp::start().await;
    let (admin, ada, _bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let stale = "\"7\"";
    patch_if(&ada, &ada.path(), stale, &json!({ "username": "bob" })).await.expect_problem(412, "precondition_failed");
    patch_if(&ada, &ada.path(), stale, &json!({ "username": "b" })).await.expect_problem(400, "invalid_input");
    patch_if(&ada, &ada.path(), stale, &json!({})).await.expect_problem(400, "invalid_input");
    let last = json!({ "role": "user" });
    patch_if(&admin, &admin.path(), stale, &last).await.expect_problem(412, "precondition_failed");
    let request = admin.request("DELETE", &admin.path()).header("if-match", stale);
    Answer::to(request).await.expect_problem(412, "precondition_failed");
    let same = json!({ "username": "ada" });
    patch_if(&ada, &ada.path(), stale, &same).await.expect_problem(412, "precondition_failed");
}

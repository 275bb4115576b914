//! The trail: one row with each change, in its transaction, and none without.

use serde_json::{Value, json};
use usher_testkit::{Answer, PASSWORD, TestApp};

/// The rows of the trail since the one of that id.
async fn since(app: &TestApp, last: &mut String) -> Vec<Value> {
    let rows = app.sql().await.rows(&format!("SELECT * FROM audit_events WHERE id > '{last}' ORDER BY id")).await;
    if let Some(row) = rows.last() {
        row["id"].as_str().unwrap().clone_into(last);
    }
    rows
}

const START: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn each_change_has_one_row_with_actor_action_target_and_origin() {
    let app = TestApp::start().await;
    let mut last = START.to_owned();
    let made = since(&app, &mut last).await;
    assert_eq!((made.len(), &made[0]["action"], &made[0]["actor_id"]), (1, &json!("user_created"), &Value::Null));
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let signed_in = since(&app, &mut last).await;
    assert_eq!(
        signed_in.iter().map(|row| row["action"].clone()).collect::<Vec<_>>(),
        ["signed_in", "user_registered", "signed_in"]
    );
    assert_eq!((&signed_in[2]["actor_id"], &signed_in[2]["target_id"]), (&json!(ada.id), &json!(ada.id)));
    assert_eq!(&signed_in[1]["actor_id"], &Value::Null, "a registration has no actor");

    let (path, none) = (ada.path(), json!({}));
    let role = json!({ "role": "admin", "username": "countess" });
    let back = json!({ "role": "user" });
    let email = json!({ "email": "lovelace@example.com", "current_password": PASSWORD });
    let password = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    let new = json!({ "username": "bob", "email": "bob@example.com" });
    let status = |from: &str, to: &str| json!([{ "field": "status", "from": from, "to": to }]);
    let only = |field: &str| json!([{ "field": field, "from": null, "to": null }]);
    for (who, method, path, body, action, changes) in [
        (
            &admin,
            "PATCH",
            path.clone(),
            &role,
            "user_updated",
            json!([
                { "field": "username", "from": null, "to": null }, { "field": "role", "from": "user", "to": "admin" }
            ]),
        ),
        (
            &admin,
            "PATCH",
            path.clone(),
            &back,
            "user_updated",
            json!([{ "field": "role", "from": "admin", "to": "user" }]),
        ),
        (&ada, "PATCH", path.clone(), &email, "user_updated", only("pending_email")),
        (&ada, "PUT", format!("{path}/password"), &password, "password_changed", only("password")),
        (&admin, "POST", format!("{path}/suspend"), &none, "user_suspended", status("active", "suspended")),
        (&admin, "POST", format!("{path}/reactivate"), &none, "user_reactivated", status("suspended", "active")),
        (&admin, "DELETE", path.clone(), &none, "user_deleted", json!([])),
        (&admin, "POST", "/v1/users".to_owned(), &new, "user_created", json!([])),
    ] {
        let answer = Answer::to(who.request(method, &path).json(body)).await;
        assert!(answer.status < 300, "{action}: {}", answer.text);
        let rows = since(&app, &mut last).await;
        assert_eq!(rows.len(), 1, "{action}: {rows:#?}");
        let row = &rows[0];
        assert_eq!((&row["action"], &row["outcome"]), (&json!(action), &json!("success")));
        assert_eq!(row["actor_id"], json!(who.id), "{action}");
        assert_eq!(row["actor_is_admin"], json!(who.id == admin.id), "{action}");
        let target = if action == "user_created" { answer.json["id"].clone() } else { json!(ada.id) };
        assert_eq!(row["target_id"], target, "{action}");
        assert_eq!(row["changes"], changes, "{action}");
        assert_eq!(row["address"], "127.0.0.1");
        assert_eq!(row["request_id"], answer.header("x-request-id"), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_changes_nothing_and_leaves_no_row_but_of_refused_sign_ins() {
    let app = TestApp::start().await;
    let (admin, ada, _bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let mut last = START.to_owned();
    since(&app, &mut last).await;
    let path = ada.path();
    app.nobody().register("Ada").await.expect_status(409);
    ada.patch(&path, &json!({ "username": "bob" })).await.expect_status(409);
    ada.patch(&path, &json!({ "role": "admin" })).await.expect_status(400);
    ada.patch(&path, &json!({ "username": "ada" })).await.expect_status(200);
    ada.act(&format!("{path}/suspend")).await.expect_status(403);
    ada.patch(&path, &json!({ "email": "x@example.com", "current_password": "wrong" })).await.expect_status(400);
    let stale = ada.request("PATCH", &path).header("if-match", "\"7\"").json(&json!({ "username": "new" }));
    Answer::to(stale).await.expect_status(412);
    admin.delete(&admin.path()).await.expect_status(409);
    admin.act(&format!("{path}/reactivate")).await.expect_status(409);
    assert_eq!(since(&app, &mut last).await, [] as [Value; 0]);

    app.nobody().password_grant("ada", "wrong").await.expect_status(400);
    app.nobody().password_grant("nobody", "wrong").await.expect_status(400);
    let rows = since(&app, &mut last).await;
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["target_id"], &rows[1]["target_id"]), (&json!(ada.id), &Value::Null));
    for row in rows {
        assert_eq!((&row["action"], &row["outcome"]), (&json!("sign_in_refused"), &json!("refused")));
        assert_eq!(row["actor_id"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_contains_no_secret_and_no_email_address() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let new = "another-good-one-77";
    admin.patch(&ada.path(), &json!({ "email": "lovelace@example.com" })).await.expect_status(200);
    let body = json!({ "current_password": PASSWORD, "new_password": new });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);
    app.nobody().password_grant("ada", new).await.expect_status(200);
    app.nobody().password_grant("ada@example.com", "my-old-password").await.expect_status(400);
    let mut sql = app.sql().await;
    let trail = Value::from(sql.rows("SELECT * FROM audit_events").await).to_string();
    for secret in [PASSWORD, new, "my-old-password", "example.com", "$2", ada.access_token().unwrap()] {
        assert!(!trail.contains(secret), "{secret}");
    }
    let kept = Value::from(sql.rows("SELECT * FROM users").await).to_string()
        + &Value::from(sql.rows("SELECT * FROM sessions").await).to_string();
    for secret in [PASSWORD, new, ada.access_token().unwrap()] {
        assert!(!kept.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_cannot_be_changed() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let mut sql = app.sql().await;
    let before = sql.rows("SELECT * FROM audit_events ORDER BY id").await;
    for statement in ["UPDATE audit_events SET action = 'nothing'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
    {
        assert!(sql.refuses(statement).await, "{statement}");
    }
    assert_eq!(sql.rows("SELECT * FROM audit_events ORDER BY id").await, before);
}

//! No stale permissions: once a revocation is acknowledged, it holds on every replica, for reads, for writes, and for
//! requests that began before.

mod api_keys;
mod fields;
mod roles;

use serde_json::json;
use usher_testkit::{Answer, PASSWORD, Person, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_demoted_admin_is_refused_at_once_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, second) = (app.admin().await, app.another_admin("second").await);
    let there = other.nobody().with_token(second.access_token().unwrap());
    for _ in 0..10 {
        admin.patch(&second.path(), &json!({ "role": "user" })).await.expect_status(200);
        there.get("/v1/users").await.expect_problem(403, "not_allowed");
        second.get("/v1/users").await.expect_problem(403, "not_allowed");
        assert!(!there.get("/v1").await.links().contains(&"users".to_owned()));
        admin.patch(&second.path(), &json!({ "role": "admin" })).await.expect_status(200);
        there.get("/v1/users").await.expect_status(200);
        second.get("/v1/users").await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_and_deleted_users_are_signed_out_at_once_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (here, there) = (app.admin().await, other.admin().await);
    for round in 0..4 {
        let ada = app.user(&format!("ada{round}")).await;
        let elsewhere = other.nobody().with_token(ada.access_token().unwrap());
        elsewhere.get("/v1/me").await.expect_status(200);
        let by = if round % 2 == 0 { &here } else { &there };
        if round < 2 {
            by.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
        } else {
            by.delete(&ada.path()).await.expect_status(204);
        }
        for client in [&*ada, &elsewhere] {
            client.get("/v1/me").await.expect_problem(401, "invalid_token");
            client.get("/v1").await.expect_problem(401, "invalid_token");
            client.patch(&ada.path(), &json!({ "username": "new" })).await.expect_problem(401, "invalid_token");
        }
        other.nobody().password_grant(&format!("ada{round}"), PASSWORD).await.expect_problem(400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_other_sessions_on_every_replica() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let ada = app.user("ada").await;
    let elsewhere = other.nobody().sign_in("ada", PASSWORD).await;
    let body = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);
    elsewhere.get("/v1/me").await.expect_problem(401, "invalid_token");
    ada.get("/v1/me").await.expect_status(200);
    other.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_out_user_is_refused_at_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.get("/v1/me").await.expect_status(200);
    app.sql().await.execute("DELETE FROM sessions").await;
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
}

/// Two admins and a user, such that the user's id is the first of all or the last of all. Writes lock rows in that order.
async fn with_target(app: &TestApp, target_first: bool) -> (Person, Person, Person) {
    let admin = app.admin().await;
    if target_first {
        let target = app.user("target").await;
        (admin, app.another_admin("second").await, target)
    } else {
        let second = app.another_admin("second").await;
        let target = app.user("target").await;
        (admin, second, target)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_began_before_the_demotion_is_decided_when_it_takes_effect() {
    let app = TestApp::start().await;
    let (admin, second, target) = with_target(&app, true).await;
    let mut sql = app.sql().await;
    for (method, path) in
        [("PATCH", target.path()), ("POST", format!("{}/suspend", target.path())), ("DELETE", target.path())]
    {
        // The write has been authorized and waits for the target's row; its actor's row is still free.
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
        let body = if method == "PATCH" { json!({ "username": "changed" }) } else { json!({}) };
        let write = tokio::spawn(Answer::to(second.request(method, &path).json(&body)));
        app.sql().await.until_waiting(1).await;
        admin.patch(&second.path(), &json!({ "role": "user" })).await.expect_status(200);
        sql.execute("COMMIT").await;
        write.await.unwrap().expect_problem(403, "not_allowed");
        admin.patch(&second.path(), &json!({ "role": "admin" })).await.expect_status(200);
    }
    assert_eq!(target.get("/v1/me").await.expect_status(200).header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demotion_is_acknowledged_after_the_writes_that_it_no_longer_stops() {
    let app = TestApp::start().await;
    let (admin, second, target) = with_target(&app, false).await;
    let mut sql = app.sql().await;
    // The write holds its actor's row and waits for the target's.
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", target.id)).await;
    let (path, demoted) = (target.path(), second.path());
    let write = {
        let second = second.clone();
        tokio::spawn(async move { second.patch(&path, &json!({ "username": "changed" })).await })
    };
    let mut watch = app.sql().await;
    watch.until_waiting(1).await;
    let demotion = tokio::spawn(async move { admin.patch(&demoted, &json!({ "role": "user" })).await });
    watch.until_waiting(2).await;
    assert!(!demotion.is_finished() && !write.is_finished());
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_status(200);
    demotion.await.unwrap().expect_status(200);
    second.patch(&target.path(), &json!({ "username": "again" })).await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_session_has_ended_in_the_meantime_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute("SELECT FROM users FOR UPDATE").await;
    let path = ada.path();
    let write = {
        let ada = ada.clone();
        tokio::spawn(async move { ada.patch(&path, &json!({ "username": "changed" })).await })
    };
    app.sql().await.until_waiting(1).await;
    sql.execute("DELETE FROM sessions").await;
    sql.execute("COMMIT").await;
    write.await.unwrap().expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_in_progress_when_its_admin_is_demoted_is_refused() {
    let app = TestApp::start().await;
    let (admin, second) = (app.admin().await, app.another_admin("second").await);
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("UPDATE users SET role = 'user' WHERE id = '{}'", second.id)).await;
    let body = json!({ "username": "new", "email": "new@example.com", "role": "admin" });
    let creation = tokio::spawn(async move { second.post("/v1/users", &body).await });
    app.sql().await.until_waiting(1).await;
    sql.execute("COMMIT").await;
    creation.await.unwrap().expect_problem(403, "not_allowed");
    assert_eq!(admin.get("/v1/users").await.json["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_progress_when_its_reader_is_signed_out_is_not_sent() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut sql = app.sql().await;
    // The totals come from a table of their own: the list waits for it, having been authorized.
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE user_counts IN ACCESS EXCLUSIVE MODE").await;
    let list = {
        let admin = admin.clone();
        tokio::spawn(async move { admin.get("/v1/users").await })
    };
    app.sql().await.until_waiting(1).await;
    sql.execute("DELETE FROM sessions").await;
    sql.execute("COMMIT").await;
    list.await.unwrap().expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_comes_after_the_demotion_is_refused() {
    let app = TestApp::start().await;
    let (admin, second, target) = with_target(&app, false).await;
    let body = json!({ "username": "changed" }).to_string();
    let mut raw = app.raw().await;
    raw.send(format!("PATCH {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", target.path())).await;
    raw.send(format!("Authorization: Bearer {}\r\n", second.access_token().unwrap())).await;
    raw.send(format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{{", body.len())).await;
    admin.patch(&second.path(), &json!({ "role": "user" })).await.expect_status(200);
    raw.send(&body[1..]).await;
    assert_eq!(raw.status().await, 403);
    assert_eq!(target.get("/v1/me").await.json["username"], "target");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_in_survives_a_suspension_that_it_races_with() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    let ada = app.user("ada").await;
    for _ in 0..10 {
        let suspend = format!("{}/suspend", ada.path());
        let nobody = other.nobody();
        let (suspended, one, two) = tokio::join!(
            admin.act(&suspend),
            nobody.password_grant("ada", PASSWORD),
            nobody.password_grant("ada", PASSWORD)
        );
        suspended.expect_status(200);
        for answer in [one, two] {
            if let Some(token) = answer.json["access_token"].as_str() {
                app.nobody().with_token(token).get("/v1/me").await.expect_problem(401, "invalid_token");
            }
        }
        admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    }
}

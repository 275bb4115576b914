//! At least one admin who can sign in remains.

use serde_json::json;
use usher_testkit::{Client, Options, PASSWORD, TestApp, form_fields};

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
    // No user may suspend themself, whatever state they are in.
    admin.act(&format!("{}/suspend", admin.path())).await.expect_problem(403, "not_allowed");
    admin.patch(&admin.path(), &json!({ "role": "admin" })).await.expect_status(200);

    // An admin who cannot sign in does not count.
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
async fn the_response_to_an_admin_who_gives_up_the_role_is_that_of_a_user() {
    let app = TestApp::start().await;
    let second = app.another_admin("second").await;
    let changed = second.patch(&second.path(), &json!({ "role": "user" })).await.expect_status(200);
    assert_eq!(changed.json["role"], "user");
    assert_eq!(changed.text, second.get(&second.path()).await.text);
    assert!(!changed.links().contains(&"collection".to_owned()));
    second.get("/v1/users").await.expect_problem(403, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_addresses_must_be_verified_the_last_admin_with_a_verified_one_stays() {
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
async fn of_two_verified_admins_who_step_down_together_one_stays_although_there_is_an_unverified_one() {
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

/// The fields that the form `update` of a user offers.
async fn offered_fields(client: &Client, path: &str) -> Vec<String> {
    let user = client.get_with_forms(path).await.expect_status(200).json;
    form_fields(&user, "update").into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn if_addresses_must_be_verified_no_form_offers_the_address_of_the_last_admin_with_a_verified_one() {
    let app = TestApp::with(Options { require_verified_email: true, ..Options::default() }).await;
    let admin = app.admin().await;
    let body = json!({ "username": "grace", "email": "grace@example.com", "password": PASSWORD, "role": "admin" });
    admin.post("/v1/users", &body).await.expect_status(201);
    let mut sql = app.sql().await;
    sql.execute("UPDATE users SET email_verified = true WHERE username = 'grace'").await;
    let grace = app.nobody().sign_in("grace", PASSWORD).await;
    assert_eq!(offered_fields(&grace, &admin.path()).await, ["username", "email", "role"]);

    sql.execute("UPDATE users SET email_verified = false WHERE username = 'grace'").await;
    let change = json!({ "email": "boss@example.com" });
    assert_eq!(offered_fields(&grace, &admin.path()).await, ["username"]);
    grace.patch(&admin.path(), &change).await.expect_problem(409, "last_admin");
    let current = admin.get("/v1/me").await.json["email"].clone();
    grace.patch(&admin.path(), &json!({ "email": current })).await.expect_status(200);
    // The own new address is not used before it is verified, and that of an admin who cannot sign in may change.
    assert_eq!(offered_fields(&admin, &admin.path()).await, ["username", "email", "current_password"]);
    assert_eq!(offered_fields(&admin, &grace.path()).await, ["username", "email", "role"]);
    admin.patch(&grace.path(), &json!({ "email": "hopper@example.com" })).await.expect_status(200);
    let own = json!({ "email": "boss@example.com", "current_password": PASSWORD });
    admin.patch(&admin.path(), &own).await.expect_status(200);

    sql.execute("UPDATE users SET email_verified = true WHERE username = 'grace'").await;
    assert_eq!(offered_fields(&grace, &admin.path()).await, ["username", "email", "role"]);
    grace.patch(&admin.path(), &change).await.expect_status(200);
}

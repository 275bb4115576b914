//! Signing keys change under a service that runs, and under its replicas.

use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_testkit::{Answer, Client, Options, PASSWORD, Person, TestApp, token_header};

/// From its publication until a key signs.
const LEAD: TimeDelta = TimeDelta::minutes(2);
/// The lifetime of an access token, and how much longer its key stays.
const STAYS: TimeDelta = TimeDelta::minutes(16);

/// The ids of the public keys.
async fn published(app: &TestApp) -> Vec<String> {
    let jwks = app.nobody().get("/.well-known/jwks.json").await.expect_status(200);
    jwks.json["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// The id of the key that signed a token.
fn signer(token: &str) -> String {
    token_header(token)["kid"].as_str().unwrap().to_owned()
}

fn signer_for(person: &Person) -> String {
    signer(person.access_token().unwrap())
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.nobody().form("/v1/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn good(client: &Client) {
    client.get("/v1/me").await.expect_status(200);
}

async fn refused(client: &Client) {
    client.get("/v1/me").await.expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_published_before_it_signs_and_the_tokens_of_the_old_one_stay_valid() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let ada = app.user("ada").await;
    let old = signer_for(&ada);
    let new = app.rotate_keys().await;
    for replica in [&app, &replica] {
        assert_eq!(published(replica).await, [old.clone(), new.clone()]);
        assert_eq!(signer_for(&replica.nobody().sign_in("ada", PASSWORD).await), old);
        replica.clock.advance(LEAD - TimeDelta::seconds(5));
        assert_eq!(signer_for(&replica.nobody().sign_in("ada", PASSWORD).await), old);
        replica.clock.advance(TimeDelta::seconds(5));
        assert_eq!(signer_for(&replica.nobody().sign_in("ada", PASSWORD).await), new);
        assert_eq!(published(replica).await, [new.clone(), old.clone()]);
        good(&replica.nobody().with_token(ada.access_token().unwrap())).await;
    }
    let next = refresh(&app, ada.token["refresh_token"].as_str().unwrap()).await.expect_status(200);
    assert_eq!(signer(next.json["access_token"].as_str().unwrap()), new);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_removed_when_the_last_of_its_tokens_has_expired() {
    let app = TestApp::start().await;
    let old = signer_for(&app.user("ada").await);
    app.cleanup().await;
    assert_eq!(published(&app).await, std::slice::from_ref(&old), "the only key stays, however old");
    let new = app.rotate_keys().await;
    app.clock.advance(LEAD - TimeDelta::seconds(1));
    let last = app.nobody().sign_in("ada", PASSWORD).await;
    assert_eq!(signer_for(&last), old);
    app.clock.advance(TimeDelta::minutes(15));
    app.cleanup().await;
    good(&last).await;
    app.clock.advance(STAYS - TimeDelta::minutes(15) + TimeDelta::seconds(1));
    app.cleanup().await;
    assert_eq!(published(&app).await, [new]);
    refused(&last).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_keys_are_refused_by_every_replica_at_the_next_request_and_sessions_go_on() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    let ada = app.user("ada").await;
    let elsewhere = replica.nobody().with_token(ada.access_token().unwrap());
    good(&ada).await;
    good(&elsewhere).await;
    let new = app.revoke_keys().await;
    refused(&elsewhere).await;
    refused(&ada).await;
    for replica in [&app, &replica] {
        assert_eq!(published(replica).await, std::slice::from_ref(&new));
    }
    let next = refresh(&replica, ada.token["refresh_token"].as_str().unwrap()).await.expect_status(200);
    let next = next.json["access_token"].as_str().unwrap();
    assert_eq!(signer(next), new);
    for replica in [&app, &replica] {
        good(&replica.nobody().with_token(next)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_revoked_key_means_nothing_and_ends_nothing() {
    let secret = "a-secret-of-at-least-32-characters";
    let introspection_clients = format!("billing:{secret}");
    let app = TestApp::with(Options { introspection_clients, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let token = ada.access_token().unwrap();
    app.revoke_keys().await;
    // The first that this service hears of it is the revocation endpoint, then introspection.
    app.nobody().form("/v1/oauth/revoke", &[("token", token)]).await.expect_status(200);
    let next = refresh(&app, ada.token["refresh_token"].as_str().unwrap()).await.expect_status(200);
    app.revoke_keys().await;
    let seen = app.nobody().introspect("billing", secret, next.json["access_token"].as_str().unwrap()).await;
    assert_eq!(seen.expect_status(200).json, json!({ "active": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_signing_key_is_in_use_at_once_wherever_its_tokens_come() {
    let app = TestApp::start().await;
    let replica = app.replica().await;
    app.user("ada").await;
    // Again and again: no replica puts off looking for a key that it has just missed.
    for _ in 0..3 {
        app.revoke_keys().await;
        let ada = app.nobody().sign_in("ada", PASSWORD).await;
        good(&replica.nobody().with_token(ada.access_token().unwrap())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_trail_records_changed_keys() {
    let app = TestApp::start().await;
    app.rotate_keys().await;
    app.revoke_keys().await;
    let events = app.admin().await.get("/v1/audit-events?sort=at").await.expect_status(200);
    let events = events.json["_embedded"]["audit_events"].as_array().unwrap().clone();
    let actions: Vec<_> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["user_created", "signing_key_rotated", "signing_keys_revoked", "signed_in"]);
}

/// A request whose head and first byte have been sent.
struct Begun {
    raw: usher_testkit::Raw,
    rest: String,
}

impl Begun {
    async fn new(app: &TestApp, by: &Person, method: &str, path: &str, body: &Value) -> Self {
        let mut body = body.to_string();
        let mut raw = app.raw().await;
        raw.send(format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")).await;
        raw.send(format!("Authorization: Bearer {}\r\n", by.access_token().unwrap())).await;
        raw.send(format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len())).await;
        let rest = body.split_off(1);
        raw.send(body).await;
        Self { raw, rest }
    }

    /// The status of the answer, once the rest has been sent.
    async fn end(mut self) -> u16 {
        self.raw.send(&self.rest).await;
        self.raw.status().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_body_comes_after_the_revocation_is_refused() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let user = |name: &str| json!({ "username": name, "email": format!("{name}@example.com"), "role": "admin" });
    let (password, own) = (format!("{}/password", admin.path()), admin.path());
    let guess = json!({ "current_password": "wrong", "new_password": "difference-engine-1822" });
    let mut begun = Vec::new();
    for (method, path, body) in [
        ("POST", "/v1/users", user("mallory")),
        // Even that a name is taken is an answer.
        ("POST", "/v1/users", user("ada")),
        ("PATCH", &ada.path(), json!({ "username": "changed" })),
        ("PATCH", &own, json!({ "email": "new@example.com", "current_password": "wrong" })),
        ("PUT", &password, guess),
        ("POST", &format!("{}/suspend", ada.path()), json!({})),
        ("POST", &format!("{}/password-reset", ada.path()), json!({})),
        ("DELETE", &format!("{}/sessions", ada.path()), json!({})),
        ("DELETE", &ada.path(), json!({})),
    ] {
        begun.push((format!("{method} {path}"), Begun::new(&app, &admin, method, path, &body).await));
    }
    app.revoke_keys().await;
    for (name, request) in begun {
        assert_eq!(request.end().await, 401, "{name}");
    }
    let admin = app.admin().await;
    assert_eq!(admin.get("/v1/users").await.json["total"], 2);
    assert_eq!(admin.get(&ada.path()).await.expect_status(200).header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_while_its_key_is_revoked_is_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut sql = app.sql().await;
    let sessions = ada.get(&format!("{}/sessions", ada.path())).await;
    let session = sessions.json["_embedded"]["sessions"][0]["id"].as_str().unwrap();
    let user = json!({ "username": "mallory", "email": "mallory@example.com", "role": "admin" });
    for (method, path, body) in [
        ("POST", "/v1/users".to_owned(), user),
        ("PATCH", ada.path(), json!({ "username": "changed" })),
        ("POST", format!("{}/suspend", ada.path()), json!({})),
        ("DELETE", format!("{}/sessions/{session}", ada.path()), json!({})),
        ("DELETE", ada.path(), json!({})),
    ] {
        let admin = app.admin().await;
        // The write has been authorized, and waits for rows.
        sql.execute("BEGIN").await;
        sql.execute("SELECT FROM users FOR UPDATE").await;
        let write = tokio::spawn(Answer::to(admin.request(method, &path).json(&body)));
        app.sql().await.until_waiting(1).await;
        app.revoke_keys().await;
        sql.execute("COMMIT").await;
        write.await.unwrap().expect_problem(401, "invalid_token");
    }
    assert_eq!(app.admin().await.get(&ada.path()).await.expect_status(200).header("etag"), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_acknowledged_after_the_writes_that_it_no_longer_stops() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let mut sql = app.sql().await;
    // The write has passed the policy, and waits to see whether another user takes the name.
    sql.execute("BEGIN").await;
    sql.execute(&format!("UPDATE users SET username_key = 'changed' WHERE id = '{}'", bob.id)).await;
    let (path, by) = (ada.path(), admin.clone());
    let write = tokio::spawn(async move { by.patch(&path, &json!({ "username": "changed" })).await });
    let mut watch = app.sql().await;
    watch.until_waiting(1).await;
    let revocation = async {
        let revoked = app.revoke_keys().await;
        (revoked, std::time::Instant::now())
    };
    let end = async {
        watch.until_waiting(2).await;
        let at = std::time::Instant::now();
        sql.execute("ROLLBACK").await;
        at
    };
    let ((_, revoked_at), committed_at) = tokio::join!(revocation, end);
    assert!(revoked_at > committed_at, "the write came first");
    write.await.unwrap().expect_status(200);
    refused(&admin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_progress_when_its_key_is_revoked_is_not_sent() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut sql = app.sql().await;
    // The caller has been authorized, and the list waits for its total.
    sql.execute("BEGIN").await;
    sql.execute("LOCK TABLE user_counts IN ACCESS EXCLUSIVE MODE").await;
    let by = admin.clone();
    let list = tokio::spawn(async move { by.get("/v1/users").await });
    app.sql().await.until_waiting(1).await;
    app.revoke_keys().await;
    sql.execute("COMMIT").await;
    list.await.unwrap().expect_problem(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_key_is_revoked_while_its_session_would_end_ends_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let revoked = signer_for(&ada);
    app.rotate_keys().await;
    let mut sql = app.sql().await;
    // The key is still in use when the token is checked, and has been removed when the session would end.
    sql.execute("BEGIN").await;
    sql.execute(&format!("DELETE FROM signing_keys WHERE kid = '{revoked}'")).await;
    let (nobody, token) = (app.nobody(), ada.access_token().unwrap().to_owned());
    let end = tokio::spawn(async move { nobody.form("/v1/oauth/revoke", &[("token", token.as_str())]).await });
    app.sql().await.until_waiting(1).await;
    sql.execute("COMMIT").await;
    end.await.unwrap().expect_status(200);
    assert_eq!(sql.rows("SELECT FROM sessions").await.len(), 1);
}

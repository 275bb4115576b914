//! `USHER_REQUIRE_MFA`: users who must have a second factor.

use super::{create_key, enrol, keys_of, prove, with};
use serde_json::json;
use usher_domain::policy::RequireMfa;
use usher_testkit::{ADMIN, Options, PASSWORD, Person, TestApp, token_claims};

const REQUIRED: &str = "mfa_enrolment_required";
/// What everybody may do, and read oneself.
const ROOT: [&str; 10] = [
    "me",
    "register",
    "request-password-reset",
    "reset-password",
    "self",
    "service-desc",
    "service-doc",
    "sign-in-with-passkey",
    "token",
    "verify-email",
];

async fn requiring(require_mfa: RequireMfa) -> TestApp {
    with(Options { require_mfa, ..Options::default() }).await
}

/// Reads oneself, and nothing else.
async fn expect_restricted(person: &Person) {
    assert_eq!(person.get("/v1").await.expect_status(200).links(), ROOT);
    let me = person.get("/v1/me").await.expect_status(200);
    assert_eq!(me.links(), ["audit", "export", "factors", "revoke-all", "self", "sessions"]);
    for relation in ["audit", "export", "factors", "self", "sessions"] {
        person.get(&me.href(relation).unwrap()).await.expect_status(200);
    }
    person.patch(&person.path(), &json!({ "username": "changed" })).await.expect_problem(403, REQUIRED);
    person.get(&keys_of(person)).await.expect_problem(403, REQUIRED);
    create_key(person).await.expect_problem(403, REQUIRED);
    person.delete(&person.path()).await.expect_problem(403, REQUIRED);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_who_must_have_a_second_factor_and_have_none_read_themselves_and_sign_out() {
    let app = requiring(RequireMfa::All).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    for person in [&admin, &ada] {
        expect_restricted(person).await;
    }
    admin.get("/v1/users").await.expect_problem(403, REQUIRED);
    admin.get(&ada.path()).await.expect_problem(403, REQUIRED);
    ada.get(&admin.path()).await.expect_problem(403, "not_allowed");
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn privileged_users_are_those_whose_role_has_a_permission() {
    let app = requiring(RequireMfa::Privileged).await;
    let (admin, ada, sam) = (app.admin().await, app.user("ada").await, app.user("sam").await);
    app.role("support", &["users.read"]).await;
    ada.get(&keys_of(&ada)).await.expect_status(200);
    create_key(&sam).await.expect_status(201);
    app.sql().await.execute("UPDATE users SET role = 'support' WHERE username = 'sam'").await;
    for person in [&admin, &sam] {
        expect_restricted(person).await;
        person.get("/v1/users").await.expect_problem(403, REQUIRED);
    }
    create_key(&ada).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_factor_must_be_proved_in_the_session() {
    let app = requiring(RequireMfa::All).await;
    let admin = app.admin().await;
    let other = app.nobody().sign_in(ADMIN, PASSWORD).await;
    enrol(&app, &admin).await;
    let refused = admin.get("/v1/users").await.expect_problem(403, REQUIRED);
    assert!(refused.json["detail"].as_str().unwrap().contains("step-up"), "{}", refused.text);
    prove(&app, &admin).await;
    admin.get("/v1/users").await.expect_status(200);
    create_key(&admin).await.expect_status(201);
    let session = token_claims(other.access_token().unwrap())["sid"].as_str().unwrap().to_owned();
    app.sql().await.execute(&format!("UPDATE sessions SET methods = 1 WHERE id = '{session}'")).await;
    other.get("/v1/users").await.expect_problem(403, REQUIRED);
    admin.get("/v1/users").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn api_keys_do_only_what_anybody_may_while_their_owner_lacks_the_second_factor() {
    let app = TestApp::start().await;
    let strict = app.replica_with(Options { require_mfa: RequireMfa::All, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let key = create_key(&ada).await.expect_status(201).json["key"].as_str().unwrap().to_owned();
    let (here, there) = (app.nobody().with_token(&key), strict.nobody().with_token(&key));
    let own = ["", "/sessions", "/api-keys", "/audit-events", "/export"].map(|part| format!("{}{part}", ada.path()));
    let own = [&own[..], &["/v1/me".to_owned()]].concat();
    for path in &own {
        here.get(path).await.expect_status(200);
        there.get(path).await.expect_problem(403, REQUIRED);
    }
    let root = there.get("/v1").await.expect_status(200).links();
    assert_eq!(root, strict.nobody().get("/v1").await.links());
    enrol(&app, &ada).await;
    for path in &own {
        there.get(path).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_services_learn_no_permissions_of_a_user_who_lacks_the_second_factor() {
    let options = || Options { introspection_clients: "billing:a-secret-of-billing".to_owned(), ..Options::default() };
    let app = TestApp::with(options()).await;
    let strict = app.replica_with(Options { require_mfa: RequireMfa::Privileged, ..options() }).await;
    let sam = app.user_with("sam", "support", &["users.read"]).await;
    let body = json!({ "name": "a script", "scopes": ["account.read", "users.read"] });
    let key = sam.post(&keys_of(&sam), &body).await.expect_status(201).json["key"].as_str().unwrap().to_owned();
    let access = sam.access_token().unwrap();
    let seen = async |at: &TestApp, token: &str| {
        let seen = at.nobody().introspect("billing", "a-secret-of-billing", token).await.expect_status(200).json;
        assert_eq!((&seen["active"], &seen["sub"]), (&json!(true), &json!(sam.id)));
        (seen["permissions"].clone(), seen["scope"].clone())
    };
    let (none, own) = (json!([]), json!(["users.read"]));
    assert_eq!(seen(&app, access).await.0, own);
    assert_eq!(seen(&app, &key).await, (own.clone(), json!("account.read users.read")));
    assert_eq!(seen(&strict, access).await.0, none);
    assert_eq!(seen(&strict, &key).await, (none.clone(), json!("")));
    // A factor is enough for the key; the session must have proved it.
    enrol(&app, &sam).await;
    assert_eq!(seen(&strict, access).await.0, none);
    assert_eq!(seen(&strict, &key).await, (own.clone(), json!("account.read users.read")));
    prove(&app, &sam).await;
    assert_eq!(seen(&strict, access).await.0, own);
    let ada = app.user("ada").await;
    let seen = strict.nobody().introspect("billing", "a-secret-of-billing", ada.access_token().unwrap()).await;
    assert_eq!(seen.json["permissions"], none);
}

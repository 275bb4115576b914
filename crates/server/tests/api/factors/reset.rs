//! Removing all factors of a user who has lost them.

use super::{confirmed, delegate, enrol, event, factors_of, let_sessions_become_stale, list};
use serde_json::json;
use tokio::runtime::Handle;
use usher_domain::checked;
use usher_persistence::Database;
use usher_testkit::{PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_removes_all_factors_and_ends_all_that_signed_in_with_them() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let reset = factors_of(&ada);
    admin.delete(&reset).await.expect_problem(409, "no_factors");
    assert!(!admin.get(&ada.path()).await.links().contains(&"reset-factors".to_owned()));
    let body = json!({ "name": "a script", "scopes": ["account.read"], "current_password": PASSWORD });
    let key = ada.post(&format!("{}/api-keys", ada.path()), &body).await.expect_status(201).json["key"].clone();
    confirmed(&app, &ada).await;
    enrol(&ada).await;
    let mut sql = app.sql().await;
    let of_ada = format!("'{}'", ada.id);
    for statement in [
        format!("INSERT INTO mfa_tokens VALUES ('\\x01', {of_ada}, now() + interval '5 minutes', 0, '')"),
        format!(
            "INSERT INTO ceremonies SELECT '\\x01', user_id, id, 'enrol', '{{}}', now() + interval '5 minutes'
            FROM sessions WHERE user_id = {of_ada} LIMIT 1"
        ),
        format!("INSERT INTO passkey_handles VALUES ({of_ada}, '\\x01')"),
    ] {
        sql.execute(&statement).await;
    }
    let version =
        sql.rows(&format!("SELECT factors_version AS n FROM users WHERE id = {of_ada}")).await[0]["n"].as_i64();
    assert!(admin.get(&ada.path()).await.links().contains(&"reset-factors".to_owned()));

    admin.delete(&reset).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    for table in ["factors", "recovery_codes", "mfa_tokens", "ceremonies"] {
        assert_eq!(sql.rows(&format!("SELECT * FROM {table} WHERE user_id = {of_ada}")).await.len(), 0, "{table}");
    }
    assert_eq!(sql.rows("SELECT * FROM passkey_handles").await.len(), 1, "it is never another user's");
    let after = sql.rows(&format!("SELECT factors_version AS n, has_factors FROM users WHERE id = {of_ada}")).await;
    assert!(after[0]["n"].as_i64() > version && after[0]["has_factors"] == false);
    app.nobody().with_token(key.as_str().unwrap()).get(&ada.path()).await.expect_status(200);
    let mails = app.mails_to("ada@example.com", 4).await;
    assert!(mails.iter().any(|mail| mail.subject == "The second factors of your account were removed"));
    let again = app.nobody().sign_in("ada", PASSWORD).await;
    let event = event(&again, "factors_reset").await;
    assert_eq!((&event["actor"]["id"], &event["target"]["id"]), (&json!(admin.id), &json!(ada.id)));
    let expected = json!([
        { "field": "factors", "from": "1", "to": "0" },
        { "field": "recovery_codes", "from": "10", "to": "0" },
        { "field": "sessions", "from": "1", "to": "0" },
    ]);
    assert_eq!(event["changes"], expected);
    assert_eq!(list(&again).await.len(), 0);
    admin.delete(&reset).await.expect_problem(409, "no_factors");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_takes_the_permission_a_fresh_session_and_rights_that_cover_the_target() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let helper = delegate(&app, "carol", &["users.read", "factors.read", "factors.reset"]).await;
    let above = delegate(&app, "dan", &["users.read", "factors.read", "factors.reset", "users.delete"]).await;
    for person in [&ada, &helper, &above] {
        confirmed(&app, person).await;
    }
    bob.delete(&factors_of(&ada)).await.expect_problem(403, "not_allowed");
    ada.delete(&factors_of(&ada)).await.expect_problem(403, "not_allowed");
    helper.delete(&factors_of(&helper)).await.expect_problem(403, "not_allowed");
    helper.delete(&factors_of(&above)).await.expect_problem(403, "not_allowed");
    for target in [&ada, &helper, &above] {
        let links = helper.get(&target.path()).await.expect_status(200).links();
        assert_eq!(links.contains(&"reset-factors".to_owned()), target.id == ada.id);
    }
    let missing = format!("/v1/users/{}/factors", "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77");
    helper.delete(&missing).await.expect_problem(404, "not_found");
    bob.delete(&missing).await.expect_problem(403, "not_allowed");
    let_sessions_become_stale(&app).await;
    helper.delete(&factors_of(&ada)).await.expect_problem(401, "insufficient_user_authentication");
    assert!(!helper.get(&ada.path()).await.links().contains(&"reset-factors".to_owned()));
    assert!(ada.get("/v1/me").await.status == 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_that_protect_permissions_are_reset_only_with_a_second_factor() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let helper = delegate(&app, "carol", &["users.read"]).await;
    confirmed(&app, &helper).await;
    admin.delete(&factors_of(&helper)).await.expect_problem(403, "not_allowed");
    assert!(!admin.get(&helper.path()).await.links().contains(&"reset-factors".to_owned()));
    confirmed(&app, &admin).await;
    assert!(admin.get(&helper.path()).await.links().contains(&"reset-factors".to_owned()));
    // A session that has not proved the factor has to do so.
    app.sql().await.execute("UPDATE sessions SET methods = 1").await;
    admin.delete(&factors_of(&helper)).await.expect_problem(401, "insufficient_user_authentication");
    app.sql().await.execute("UPDATE sessions SET methods = 35").await;
    admin.delete(&factors_of(&helper)).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_and_a_confirmation_do_not_leave_half_a_factor() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.user("ada").await;
    for _ in 0..5 {
        let ada = app.nobody().sign_in("ada", PASSWORD).await;
        confirmed(&app, &ada).await;
        let enrolled = enrol(&ada).await;
        let code = super::code(&enrolled["secret"], app.clock.now());
        let reset = factors_of(&ada);
        let (confirmed, reset) = tokio::join!(super::confirm(&ada, &enrolled, &code), admin.delete(&reset));
        reset.expect_status(204);
        assert!(matches!(confirmed.status, 200 | 401 | 404), "{}", confirmed.text);
        let left = app.sql().await.rows(&format!("SELECT id FROM factors WHERE user_id = '{}'", ada.id)).await;
        assert_eq!(left.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_about_a_reset_by_the_operator_says_who_did_it_and_how_to_sign_in() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let database = Database::new(&app.database_url, 2, app.clock.clone(), &Handle::current()).unwrap();
    let name = checked("ada").unwrap();
    for (new_password, subject, sentence) in [
        (false, "The second factors of your account were removed", "your password is enough to sign in"),
        (true, "The second factors and the password of your account were removed", "Another mail has a link"),
    ] {
        let ada = app.nobody().sign_in("ada", PASSWORD).await;
        confirmed(&app, &ada).await;
        database.reset_factors_as_operator(&name, new_password).await.unwrap().unwrap();
        app.all_mail_sent().await;
        let mails = app.mails_to("ada@example.com", 1).await;
        let about: Vec<_> = mails.iter().filter(|mail| mail.subject == subject).collect();
        assert_eq!(about.len(), 1, "{subject}");
        let text = about[0].source.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("The operator of") && text.contains(sentence), "{text}");
        assert!(!text.contains("An administrator"), "{text}");
    }
}

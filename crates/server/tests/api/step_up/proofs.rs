//! What a step-up takes, and what it changes.

use super::{PATH, is_fresh, options, stale_with_totp, start, step_up, with_otp};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use usher_testkit::{Device, Options, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn the_password_makes_the_session_of_a_user_without_factors_fresh() {
    let app = start().await;
    let ada = app.user("ada").await;
    assert!(is_fresh(&ada).await);
    app.clock.advance(TimeDelta::minutes(15));
    assert!(!is_fresh(&ada).await);
    let before = ada.get(&format!("{}/sessions", ada.path())).await.json["_embedded"]["sessions"][0].clone();
    let answer = step_up(&ada, &json!({ "password": PASSWORD })).await.expect_status(200);
    assert_eq!(answer.header("content-type"), "application/hal+json");
    let mut expected = before.clone();
    expected["authenticated_at"] = answer.json["authenticated_at"].clone();
    assert_eq!(answer.json, expected, "the session, with all its links");
    assert!(answer.json["authenticated_at"].as_str() > before["authenticated_at"].as_str());
    assert_eq!(answer.json["methods"], json!(["pwd"]));
    assert!(is_fresh(&ada).await);
    let listed = ada.get(&format!("{}/sessions", ada.path())).await.json["_embedded"]["sessions"][0].clone();
    assert_eq!(listed, answer.json);
    app.clock.advance(TimeDelta::minutes(15));
    assert!(!is_fresh(&ada).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_factor_proves_it_too() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let answer = step_up(&ada, &json!({ "password": PASSWORD })).await.expect_status(400);
    assert_eq!(answer.faults(), ["/otp required"]);
    let answer = with_otp(&ada, &authenticator.code(&app)).await.expect_status(200);
    assert_eq!(answer.json["methods"], json!(["pwd", "otp", "mfa"]));
    assert!(is_fresh(&ada).await);

    app.clock.advance(TimeDelta::minutes(16));
    let code = &authenticator.recovery_codes[0];
    let body = json!({ "password": PASSWORD, "recovery_code": code });
    let answer = step_up(&ada, &body).await.expect_status(200);
    assert_eq!(answer.json["methods"], json!(["pwd", "rc", "mfa"]), "what was proved before counts no more");
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(step_up(&ada, &body).await.expect_status(400).faults(), ["/recovery_code wrong_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sessions_of_the_user_stay_as_they_are() {
    let app = start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    app.clock.advance(TimeDelta::minutes(16));
    step_up(&ada, &json!({ "password": PASSWORD })).await.expect_status(200);
    assert!(is_fresh(&ada).await && !is_fresh(&other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_factor_gains_it() {
    let app = start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let authenticator = app.enrol_totp(&ada).await;
    assert!(is_fresh(&ada).await && !is_fresh(&other).await, "the first factor makes other sessions stale");
    let answer = with_otp(&other, &authenticator.code(&app)).await.expect_status(200);
    assert_eq!(answer.json["methods"], json!(["pwd", "otp", "mfa"]));
    assert!(is_fresh(&other).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_used_up_when_the_other_is_wrong() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let (code, recovery_code) = (authenticator.code(&app), authenticator.recovery_codes[0].clone());
    for factor in [("otp", &code), ("recovery_code", &recovery_code)] {
        let mut body = json!({ "password": "wrong" });
        body[factor.0] = factor.1.clone().into();
        assert_eq!(step_up(&ada, &body).await.expect_status(400).faults(), ["/password wrong_password"]);
    }
    // A wrong code is not looked at with a wrong password.
    let body = json!({ "password": "wrong", "otp": authenticator.wrong_code(&app) });
    assert_eq!(step_up(&ada, &body).await.expect_status(400).faults(), ["/password wrong_password"]);
    let failures = app.sql().await.rows("SELECT second_factor_failures FROM users WHERE username = 'ada'").await;
    assert_eq!(failures[0]["second_factor_failures"], 0);
    let answer = with_otp(&ada, &authenticator.wrong_code(&app)).await.expect_status(400);
    assert_eq!(answer.faults(), ["/otp wrong_code"]);
    with_otp(&ada, &code).await.expect_status(200);
    app.clock.advance(TimeDelta::minutes(16));
    let body = json!({ "password": PASSWORD, "recovery_code": recovery_code });
    step_up(&ada, &body).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_accepted_once_in_a_sign_in_or_a_step_up() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let code = authenticator.code(&app);
    with_otp(&ada, &code).await.expect_status(200);
    let token = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required").json;
    let token = token["mfa_token"].as_str().unwrap();
    let form = [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", token), ("otp", &code)];
    app.nobody().form("/v1/oauth/token", &form).await.expect_problem(400, "wrong_code");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_step_ups_at_once_one_uses_the_code() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let code = authenticator.code(&app);
    let answers = join_all((0..10).map(|_| with_otp(&ada, &code))).await;
    let succeeded = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(succeeded, 1, "{answers:#?}");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        // Those that come after it find a fresh session.
        assert_eq!(answer.code(), "already_fresh", "{answers:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_the_body_is_reported() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let code = authenticator.code(&app);
    for (body, faults) in [
        (json!({}), &["/otp required", "/password required"][..]),
        (json!({ "otp": code }), &["/password required"]),
        (json!({ "password": null, "otp": null }), &["/otp required", "/password required"]),
        (json!({ "password": PASSWORD, "otp": "12345" }), &["/otp wrong_code"]),
        (json!({ "otp": "abcdef" }), &["/otp wrong_code", "/password required"]),
        (json!({ "password": PASSWORD, "recovery_code": "?" }), &["/recovery_code wrong_code"]),
        (
            json!({ "password": PASSWORD, "otp": code, "recovery_code": authenticator.recovery_codes[0] }),
            &["/recovery_code not_together"],
        ),
        (json!({ "password": PASSWORD, "otp": code, "more": 1 }), &["/more unknown"]),
    ] {
        let answer = step_up(&ada, &body).await.expect_status(400);
        assert_eq!(answer.faults(), faults, "{body}");
    }
    with_otp(&ada, &code).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_factors_has_nothing_to_prove_and_what_is_sent_is_no_guess() {
    let app = start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(16));
    // Registrations have been counted.
    let throttles = "SELECT * FROM throttles WHERE failures > 0 ORDER BY subject";
    let mut sql = app.sql().await;
    let before = sql.rows(throttles).await;
    for _ in 0..8 {
        assert_eq!(with_otp(&ada, "123456").await.expect_status(400).faults(), ["/otp wrong_code"]);
        let body = json!({ "password": PASSWORD, "recovery_code": "0000-0000-0000-0000" });
        assert_eq!(step_up(&ada, &body).await.expect_status(400).faults(), ["/recovery_code wrong_code"]);
    }
    assert!(!is_fresh(&ada).await);
    assert_eq!(sql.rows(throttles).await, before);
    for counted in [
        "SELECT FROM users WHERE second_factor_failures > 0",
        "SELECT FROM audit_events WHERE action = 'stepped_up'",
        "SELECT FROM outbox WHERE kind = 'second_factors_refused'",
    ] {
        assert_eq!(sql.rows(counted).await.len(), 0, "{counted}");
    }
    step_up(&ada, &json!({ "password": PASSWORD })).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_factor_that_is_missing_is_one_that_the_user_has() {
    let app = start().await;
    let [ada, bob] = [app.user("ada").await, app.user("bob").await];
    ada.enrol_passkey(&mut Device::new()).await;
    bob.enrol_passkey(&mut Device::new()).await;
    let moved = "UPDATE factors SET rp_id = 'another.test' FROM users WHERE users.id = user_id AND username = 'bob' \
        AND type = 'passkey'";
    app.sql().await.execute(moved).await;
    app.clock.advance(TimeDelta::minutes(16));
    for (person, fault) in [(&ada, "/credential required"), (&bob, "/recovery_code required")] {
        assert_eq!(step_up(person, &json!({ "password": PASSWORD })).await.expect_status(400).faults(), [fault]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_session_is_a_conflict_and_nothing_is_verified() {
    let app = start().await;
    let ada = app.user("ada").await;
    for password in [PASSWORD, "wrong"] {
        for _ in 0..10 {
            step_up(&ada, &json!({ "password": password })).await.expect_problem(409, "already_fresh");
        }
    }
    assert_eq!(step_up(&ada, &json!({})).await.expect_status(400).faults(), ["/password required"]);
    let authenticator = app.enrol_totp(&ada).await;
    with_otp(&ada, &authenticator.code(&app)).await.expect_problem(409, "already_fresh");
    app.clock.advance(TimeDelta::minutes(14));
    step_up(&ada, &json!({ "password": PASSWORD })).await.expect_problem(409, "already_fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_decided_on_the_locked_rows() {
    let app = start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(16));
    for (change, status, code) in [
        // The user gets a factor, in another session, after the request was authorized.
        ("UPDATE users SET has_factors = true", 400, "invalid_input"),
        ("UPDATE users SET has_factors = false, password_hash = 'another'", 400, "invalid_input"),
        ("DELETE FROM sessions", 401, "invalid_token"),
    ] {
        let (mut holder, mut watcher) = (app.sql().await, app.sql().await);
        let hash = app.sql().await.rows("SELECT password_hash FROM users WHERE username = 'ada'").await;
        holder.execute("BEGIN").await;
        holder.execute("SELECT FROM users WHERE username = 'ada' FOR UPDATE").await;
        let write = async {
            watcher.until_waiting(1).await;
            holder.execute(change).await;
            holder.execute("COMMIT").await;
        };
        // The password has been checked before: it waits only for the write.
        let body = json!({ "password": PASSWORD });
        let (answer, ()) = tokio::join!(step_up(&ada, &body), write);
        answer.expect_problem(status, code);
        let hash = hash[0]["password_hash"].as_str().unwrap();
        app.sql().await.execute(&format!("UPDATE users SET has_factors = false, password_hash = '{hash}'")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_audited_and_a_used_recovery_code_mailed() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let body = json!({ "password": PASSWORD, "recovery_code": authenticator.recovery_codes[0] });
    step_up(&ada, &body).await.expect_status(200);
    let query = "SELECT action, outcome, changes, actor_id, target_id FROM audit_events \
        WHERE action IN ('recovery_code_used', 'stepped_up') ORDER BY id";
    let event = |action: &str, changes: Value| json!({ "action": action, "outcome": "success", "changes": changes, "actor_id": ada.id, "target_id": ada.id });
    let used = json!([{ "field": "recovery_codes", "from": "10", "to": "9" }]);
    let expected = json!([event("recovery_code_used", used), event("stepped_up", json!([]))]);
    assert_eq!(json!(app.sql().await.rows(query).await), expected);
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 1).await;
    assert!(mails.iter().any(|mail| mail.subject == "A recovery code of your account was used"), "{mails:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_wrong_code_are_audited() {
    let app = start().await;
    let (ada, authenticator) = stale_with_totp(&app).await;
    let code = authenticator.code(&app);
    let wrong = json!({ "password": "wrong", "otp": code });
    assert_eq!(step_up(&ada, &wrong).await.expect_status(400).faults(), ["/password wrong_password"]);
    let query =
        "SELECT outcome, changes, actor_id, target_id FROM audit_events WHERE action = 'stepped_up' ORDER BY id";
    let event = |outcome: &str| json!({ "outcome": outcome, "changes": [], "actor_id": ada.id, "target_id": ada.id });
    assert_eq!(app.sql().await.rows(query).await, [event("refused")]);
    with_otp(&ada, &authenticator.wrong_code(&app)).await.expect_status(400);
    // Neither is a proof.
    with_otp(&ada, "12345").await.expect_status(400);
    step_up(&ada, &json!({ "password": PASSWORD })).await.expect_status(400);
    with_otp(&ada, &code).await.expect_status(200);
    assert_eq!(app.sql().await.rows(query).await, [event("refused"), event("refused"), event("success")]);
    let shown = ada.get(&format!("{}/audit-events?action=stepped_up", ada.path())).await.expect_status(200);
    let shown = &shown.json["_embedded"]["audit_events"];
    assert_eq!((&shown[0]["outcome"], &shown[1]["outcome"]), (&json!("success"), &json!("refused")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_an_anonymous_caller_cannot() {
    let app = start().await;
    let ada = app.user("ada").await;
    let body = json!({ "name": "script", "scopes": ["account.read", "account.write"], "current_password": PASSWORD });
    let key = ada.post(&format!("{}/api-keys", ada.path()), &body).await.expect_status(201);
    let key = app.nobody().with_token(key.json["key"].as_str().unwrap());
    let body = json!({ "password": PASSWORD });
    app.clock.advance(TimeDelta::minutes(16));
    let answer = key.post(PATH, &body).await.expect_status(403);
    assert!(["insufficient_scope", "not_allowed"].contains(&answer.code()), "{}", answer.text);
    app.nobody().post(PATH, &body).await.expect_status(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshing_never_makes_a_session_fresh() {
    let app = usher_testkit::TestApp::with(Options { ..options() }).await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(16));
    let form = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    let token = app.nobody().form("/v1/oauth/token", &form).await.expect_status(200).json;
    let ada = app.nobody().with_token(token["access_token"].as_str().unwrap());
    assert!(!is_fresh(&ada).await);
}

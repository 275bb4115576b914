//! Signing in with a passkey, without a password.

use super::{count, counted, methods, minutes, options, signed_in, start, unlimited, with_passkey};
use futures_util::future::join_all;
use serde_json::json;
use usher_testkit::{Answer, Device, Options, TestApp, until_served};

#[track_caller]
fn refused(answer: Answer) {
    let answer = answer.expect_problem(400, "invalid_grant");
    assert!(answer.json.get("mfa_token").is_none() && answer.json.get("code").is_none(), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_verifies_its_user_is_enough() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    assert_eq!(nobody.get("/v1").await.href("sign-in-with-passkey").as_deref(), Some("/v1/oauth/passkey-options"));
    let options = nobody.passkey_sign_in_options().await;
    assert_eq!(options["public_key"]["allowCredentials"], json!([]));
    assert_eq!(options["public_key"]["userVerification"], "required");
    assert_eq!(options["public_key"]["rpId"], "usher.test");
    assert_eq!(count(&app, "SELECT FROM ceremonies").await + count(&app, "SELECT FROM spent_ceremonies").await, 0);
    let credential = device.prove(&options["public_key"]).await;
    let answer = nobody.passkey_grant(&options["ceremony"], &credential).await.expect_status(200);
    let session = signed_in(&app, &answer).await;
    assert_eq!(session.get("/v1/me").await.json["id"], ada.id.as_str());
    assert_eq!(methods(&session).await, json!(["swk", "mfa"]));
    // Both factors were proved now.
    session.act(&format!("{}/factors/passkey-options", ada.path())).await.expect_status(200);
    let factors = session.get(&format!("{}/factors", ada.path())).await.json;
    let passkey =
        factors["_embedded"]["factors"].as_array().unwrap().iter().find(|f| f["type"] == "passkey").unwrap().clone();
    assert!(passkey["last_used_at"].is_string(), "{passkey}");
    let metadata = nobody.get("/.well-known/oauth-authorization-server").await.json;
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("urn:usher:grant:passkey")) && grants.contains(&json!("urn:usher:grant:mfa")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_user_verification_it_is_refused() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device { verifies_user: false, ..Device::new() };
    ada.enrol_passkey(&mut device).await;
    let nobody = app.nobody();
    let options = nobody.passkey_sign_in_options().await;
    let mut lax = options["public_key"].clone();
    lax["userVerification"] = json!("preferred");
    let credential = device.prove(&lax).await;
    refused(nobody.passkey_grant(&options["ceremony"], &credential).await);
    // A PIN that was set after the enrolment proves nothing by itself, until the password has been proved beside it.
    device.verifies_user = true;
    refused(nobody.sign_in_with(&mut device).await);
    let mfa_token = super::first_step(&nobody, "ada").await;
    super::second_step(&nobody, &mfa_token, &mut device).await.expect_status(200);
    nobody.sign_in_with(&mut device).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_is_good_once_and_for_five_minutes_on_every_replica() {
    let app = start().await;
    let other = app.replica_with(options()).await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let (here, there) = (app.nobody(), other.nobody());
    let options = here.passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await;
    there.passkey_grant(&options["ceremony"], &credential).await.expect_status(200);
    refused(here.passkey_grant(&options["ceremony"], &credential).await);
    assert_eq!(count(&app, "SELECT FROM spent_ceremonies").await, 1);
    app.clock.advance(minutes(5));
    refused(here.passkey_grant(&options["ceremony"], &credential).await);
    app.cleanup().await;
    assert_eq!(count(&app, "SELECT FROM spent_ceremonies").await, 1, "a replica's clock may be behind");
    app.clock.advance(minutes(1));
    app.cleanup().await;
    assert_eq!(count(&app, "SELECT FROM spent_ceremonies").await, 0);

    let options = here.passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await;
    app.clock.advance(minutes(5));
    refused(here.passkey_grant(&options["ceremony"], &credential).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_sent_again_is_no_guess() {
    let app = start().await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let options = app.nobody().passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await;
    app.nobody().passkey_grant(&options["ceremony"], &credential).await.expect_status(200);
    for _ in 0..30 {
        refused(app.nobody().passkey_grant(&options["ceremony"], &credential).await);
    }
    app.nobody().sign_in_with(&mut device).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_sign_ins_with_one_ceremony_one_succeeds() {
    let app = unlimited().await;
    let other = app.replica_with(Options { rate_limit: false, ..options() }).await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let (here, there) = (app.nobody(), other.nobody());
    let options = here.passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await;
    let before = count(&app, "SELECT FROM sessions").await;
    let answers = join_all((0..100).map(async |n: usize| {
        let client = if n.is_multiple_of(2) { &here } else { &there };
        until_served(async || client.passkey_grant(&options["ceremony"], &credential).await).await
    }))
    .await;
    let counts = counted(&answers);
    assert_eq!(counts[&(200, String::new())], 1, "{counts:?}");
    assert_eq!(counts[&(400, "invalid_grant".to_owned())], 99, "{counts:?}");
    assert_eq!(count(&app, "SELECT FROM sessions").await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_the_answer_is_the_same() {
    let app = start().await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let options = nobody.passkey_sign_in_options().await;
    let ceremony = &options["ceremony"];
    let right = device.prove(&options["public_key"]).await;
    let mut elsewhere = Device { origin: "https://evil.usher.test".to_owned(), ..device.clone() };
    let wrong_origin = elsewhere.prove(&options["public_key"]).await;
    let mut unknown = right.clone();
    unknown["id"] = json!("AAAA");
    unknown["rawId"] = json!("AAAA");
    let mut tampered = right.clone();
    let signature = tampered["response"]["signature"].as_str().unwrap().to_owned();
    let other = if &signature[20..21] == "A" { "B" } else { "A" };
    tampered["response"]["signature"] = json!(format!("{}{other}{}", &signature[..20], &signature[21..]));
    for wrong in [&wrong_origin, &unknown, &tampered] {
        refused(nobody.passkey_grant(ceremony, wrong).await);
    }
    let mfa_token = super::first_step(&nobody, "ada").await;
    let second_step = nobody.second_step_options(&mfa_token).await.expect_status(200).json;
    let for_second_step = device.prove(&second_step["public_key"]).await;
    refused(nobody.passkey_grant(&second_step["ceremony"], &for_second_step).await);
    for token in ["a", "", "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"] {
        let answer = nobody.passkey_grant(&json!(token), &right).await;
        answer.expect_problem(400, if token.is_empty() { "invalid_request" } else { "invalid_grant" });
    }
    for malformed in [json!(1), json!({}), json!("text")] {
        refused(nobody.passkey_grant(ceremony, &malformed).await);
    }
    nobody.passkey_grant(ceremony, &right).await.expect_status(200);
    let events = count(&app, "SELECT FROM audit_events WHERE action = 'sign_in_refused'").await;
    assert_eq!(events, 3, "those whose ceremony opens are recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_wrong_passkeys_an_admin_lifts_the_limit() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let (admin, nobody) = (app.admin().await, app.nobody());
    let lift = format!("{}/lift-throttle", ada.path());
    let mut wrong = Device { verifies_user: false, ..device.clone() };
    for _ in 0..5 {
        refused(nobody.sign_in_with(&mut wrong).await);
    }
    admin.act(&lift).await.expect_problem(409, "not_throttled");
    refused(nobody.sign_in_with(&mut wrong).await);
    nobody.sign_in_with(&mut device).await.expect_problem(429, "too_many_attempts");
    assert_eq!(admin.get(&ada.path()).await.href("lift-throttle").as_deref(), Some(lift.as_str()));
    admin.act(&lift).await.expect_status(204);
    nobody.sign_in_with(&mut device).await.expect_status(200);
    admin.act(&lift).await.expect_problem(409, "not_throttled");
    // Nobody has shown that they have the password.
    let failures = "SELECT FROM users WHERE second_factor_failures <> 0";
    assert_eq!(count(&app, failures).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_requests_options_three_hundred_times() {
    let app = start().await;
    let nobody = app.nobody();
    let mut served = 0;
    // One comes back every two seconds, also while they are used up.
    let limited = loop {
        let answer = nobody.form("/v1/oauth/passkey-options", &[]).await;
        if answer.status != 200 {
            break answer.expect_problem(429, "too_many_attempts");
        }
        served += 1;
        assert!(served < 450, "there is no limit");
    };
    assert!(served >= 300, "{served}");
    assert!(["1", "2"].contains(&limited.header("retry-after")));
    nobody.second_step_options("unknown").await.expect_problem(429, "too_many_attempts");
    app.clock.advance(chrono::TimeDelta::seconds(2));
    nobody.passkey_sign_in_options().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_sign_in_do() {
    let app = TestApp::with(Options { require_verified_email: false, ..options() }).await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let strict = app.replica_with(Options { require_verified_email: true, ..options() }).await;
    let nobody = strict.nobody();
    let options = nobody.passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await;
    refused(nobody.passkey_grant(&options["ceremony"], &credential).await);
    let admin = app.admin().await;
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    let nobody = app.nobody();
    refused(nobody.sign_in_with(&mut device).await);
    admin.act(&format!("{}/reactivate", ada.path())).await.expect_status(200);
    nobody.passkey_grant(&options["ceremony"], &credential).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_was_removed_does_not_sign_in() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device::new();
    let created = ada.enrol_passkey(&mut device).await;
    ada.delete(created.header("location")).await.expect_status(204);
    refused(app.nobody().sign_in_with(&mut device).await);
    app.nobody().sign_in("ada", usher_testkit::PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_passkey_is_noticed_by_its_count() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device { counts: true, ..Device::new() };
    ada.enrol_passkey(&mut device).await;
    let mut copy = device.clone();
    let nobody = app.nobody();
    nobody.sign_in_with(&mut device).await.expect_status(200);
    nobody.sign_in_with(&mut device).await.expect_status(200);
    refused(nobody.sign_in_with(&mut copy).await);
    let events = "SELECT outcome, changes FROM audit_events WHERE action = 'passkey_counter_regressed'";
    let events = app.sql().await.rows(events).await;
    assert_eq!((events.len(), &events[0]["outcome"]), (1, &json!("refused")));
    let factors = ada.get(&format!("{}/factors", ada.path())).await.json;
    let id = factors["_embedded"]["factors"].as_array().unwrap().iter().find(|f| f["type"] == "passkey").unwrap()["id"]
        .clone();
    assert_eq!(events[0]["changes"][0]["to"], id);
    assert_eq!(events[0]["changes"][1]["field"], "sign_count");
    nobody.sign_in_with(&mut device).await.expect_status(200);
}

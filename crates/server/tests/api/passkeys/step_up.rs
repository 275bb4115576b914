//! Stepping up with a passkey.

use super::{count, counted, faults, methods, minutes, options, passkey, start, unlimited, with_passkey};
use futures_util::future::join_all;
use serde_json::{Value, json};
use usher_testkit::{Client, Device, PASSWORD};

const PATH: &str = "/v1/step-up";

async fn begin(client: &Client) -> Value {
    client.act("/v1/step-up/options").await.expect_status(200).json
}

fn with_password(mut body: Value, password: &str) -> Value {
    body["password"] = json!(password);
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_verifies_its_user_is_enough() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    assert_eq!(ada.get("/v1").await.href("step-up-options"), None);
    ada.act("/v1/step-up/options").await.expect_problem(409, "already_fresh");
    app.clock.advance(minutes(16));
    assert_eq!(ada.get("/v1").await.href("step-up-options").as_deref(), Some("/v1/step-up/options"));
    let answer = ada.act("/v1/step-up/options").await.expect_status(200);
    assert_eq!(answer.links(), ["step-up"]);
    let options = answer.json;
    assert_eq!(options["public_key"]["allowCredentials"].as_array().unwrap().len(), 1);
    let credential = device.prove(&options["public_key"]).await;
    ada.post(PATH, &passkey(&options, &credential)).await.expect_status(200);
    assert_eq!(methods(&ada).await, json!(["swk", "mfa"]));
    ada.passkey_options().await.expect_status(200);
    app.nobody().act("/v1/step-up/options").await.expect_problem(401, "authentication_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_users_who_have_a_passkey_find_the_link() {
    let app = start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut device = Device::new();
    let created = ada.enrol_passkey(&mut device).await;
    let authenticator = app.enrol_totp(&ada).await;
    app.enrol_totp(&bob).await;
    let links = async |person: &Client| {
        let links = person.get("/v1").await.expect_status(200).links();
        links.into_iter().filter(|link| link.starts_with("step-up")).collect::<Vec<_>>()
    };
    app.clock.advance(minutes(16));
    assert_eq!(links(&ada).await, ["step-up", "step-up-options"]);
    assert_eq!(links(&bob).await, ["step-up"]);
    bob.act("/v1/step-up/options").await.expect_problem(409, "no_passkeys");
    let mfa_token = super::first_step(&app.nobody(), "bob").await;
    app.nobody().second_step_options(&mfa_token).await.expect_problem(400, "no_passkeys");
    let body = json!({ "password": PASSWORD, "otp": authenticator.code(&app) });
    ada.post(PATH, &body).await.expect_status(200);
    ada.delete(created.header("location")).await.expect_status(204);
    app.clock.advance(minutes(16));
    assert_eq!(links(&ada).await, ["step-up"], "the last passkey was removed");
    ada.act("/v1/step-up/options").await.expect_problem(409, "no_passkeys");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_ten_ceremonies_at_once_and_the_oldest_gives_way() {
    let app = unlimited().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    app.clock.advance(minutes(16));
    let mut begun = Vec::new();
    for _ in 0..11 {
        begun.push(begin(&ada).await);
        app.clock.advance(chrono::TimeDelta::seconds(1));
    }
    assert_eq!(count(&app, "SELECT FROM ceremonies").await, 10);
    let oldest = passkey(&begun[0], &device.prove(&begun[0]["public_key"]).await);
    assert_eq!(faults(ada.post(PATH, &oldest).await), ["/ceremony ceremony_spent"]);
    let second = passkey(&begun[1], &device.prove(&begun[1]["public_key"]).await);
    ada.post(PATH, &second).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_proved_long_ago_counts_no_more() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device::new();
    let passkey_path = ada.enrol_passkey(&mut device).await.header("location").to_owned();
    let other = super::signed_in(&app, &app.nobody().sign_in_with(&mut device).await.expect_status(200)).await;
    app.clock.advance(minutes(16));
    for session in [&*ada, &other] {
        let options = begin(session).await;
        let credential = device.prove(&options["public_key"]).await;
        session.post(PATH, &passkey(&options, &credential)).await.expect_status(200);
    }
    other.delete(&passkey_path).await.expect_status(204);
    // A sign-in asks for the password now, which was not proved in this step.
    assert!(ada.get("/v1").await.href("step-up").is_some());
    ada.post(PATH, &json!({ "password": PASSWORD })).await.expect_status(200);
    assert_eq!(methods(&ada).await, json!(["pwd"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_password_a_wrong_passkey_does_not_show_that_somebody_has_it() {
    let app = unlimited().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    app.clock.advance(minutes(16));
    let options = begin(&ada).await;
    device.origin = "https://evil.usher.test".to_owned();
    let wrong = passkey(&options, &device.prove(&options["public_key"]).await);
    for _ in 0..6 {
        assert_eq!(faults(ada.post(PATH, &wrong).await), ["/credential invalid_credential"]);
    }
    let failures = async || {
        let rows = app.sql().await.rows("SELECT second_factor_failures FROM users WHERE username = 'ada'").await;
        rows[0]["second_factor_failures"].clone()
    };
    assert_eq!(failures().await, 0);
    assert_eq!(faults(ada.post(PATH, &with_password(wrong, PASSWORD)).await), ["/credential invalid_credential"]);
    assert_eq!(failures().await, 1);
    assert_eq!(count(&app, "SELECT FROM audit_events WHERE action = 'stepped_up' AND outcome = 'refused'").await, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_user_verification_the_password_is_needed_too_and_nothing_is_spent() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device { verifies_user: false, ..Device::new() };
    ada.enrol_passkey(&mut device).await;
    app.clock.advance(minutes(16));
    let options = begin(&ada).await;
    let credential = device.prove(&options["public_key"]).await;
    let body = passkey(&options, &credential);
    assert_eq!(faults(ada.post(PATH, &body).await), ["/password required"]);
    let wrong = with_password(body.clone(), "not the password");
    assert_eq!(faults(ada.post(PATH, &wrong).await), ["/password wrong_password"]);
    ada.post(PATH, &with_password(body, PASSWORD)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_is_good_once_in_time_and_in_its_session() {
    let app = unlimited().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let answer = nobody.sign_in_with(&mut device).await.expect_status(200);
    let elsewhere = super::signed_in(&app, &answer).await;
    app.clock.advance(minutes(16));
    let spent = ["/ceremony ceremony_spent"];
    let options = begin(&ada).await;
    let body = passkey(&options, &device.prove(&options["public_key"]).await);
    assert_eq!(faults(elsewhere.post(PATH, &body).await), spent);
    let sign_in = nobody.passkey_sign_in_options().await;
    let foreign = passkey(&sign_in, &device.prove(&sign_in["public_key"]).await);
    assert_eq!(faults(ada.post(PATH, &foreign).await), spent);
    app.clock.advance(minutes(5));
    assert_eq!(faults(ada.post(PATH, &body).await), spent);

    let other = app.replica_with(options_of_replica()).await;
    other.clock.advance(minutes(21));
    let there = Client::new(&other.url).with_token(ada.access_token().unwrap());
    let options = begin(&ada).await;
    let body = passkey(&options, &device.prove(&options["public_key"]).await);
    let answers = join_all((0..20).map(async |n: usize| {
        if n.is_multiple_of(2) { ada.post(PATH, &body).await } else { there.post(PATH, &body).await }
    }))
    .await;
    let counts = counted(&answers);
    assert_eq!(counts[&(200, String::new())], 1, "{counts:?}");
    assert!(counts.keys().all(|(status, _)| [200, 400, 409].contains(status)), "{counts:?}");
    assert_eq!(count(&app, "SELECT FROM audit_events WHERE action = 'stepped_up' AND outcome = 'success'").await, 1);
}

fn options_of_replica() -> usher_testkit::Options {
    usher_testkit::Options { rate_limit: false, ..options() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_is_wrong_is_refused_and_spends_nothing() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let (_, mut of_bob) = with_passkey(&app, "bob").await;
    app.clock.advance(minutes(16));
    let options = begin(&ada).await;
    let right = device.prove(&options["public_key"]).await;
    let mut any = options["public_key"].clone();
    any["allowCredentials"] = json!([]);
    let mut elsewhere = Device { origin: "https://evil.usher.test".to_owned(), ..device.clone() };
    for wrong in [of_bob.prove(&any).await, elsewhere.prove(&options["public_key"]).await] {
        for body in [passkey(&options, &wrong), with_password(passkey(&options, &wrong), PASSWORD)] {
            assert_eq!(faults(ada.post(PATH, &body).await), ["/credential invalid_credential"]);
        }
    }
    let body = json!({ "ceremony": options["ceremony"] });
    assert_eq!(faults(ada.post(PATH, &body).await), ["/credential required"]);
    let body = json!({ "credential": right });
    assert_eq!(faults(ada.post(PATH, &body).await), ["/ceremony required"]);
    let mut body = passkey(&options, &right);
    body["otp"] = json!("123456");
    assert_eq!(faults(ada.post(PATH, &body).await), ["/credential not_together"]);
    assert_eq!(faults(ada.post(PATH, &passkey(&options, &json!({}))).await), ["/credential invalid_credential"]);
    ada.post(PATH, &passkey(&options, &right)).await.expect_status(200);
}

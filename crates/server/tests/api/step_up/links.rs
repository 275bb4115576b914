//! Where a step-up is linked, and its form.

use super::{is_fresh, options, stale_with_totp, start};
use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_testkit::{Answer, Client, Device, Options, TestApp};

/// The fields of the form `step-up` of a representation.
fn fields(representation: &Value) -> Vec<&str> {
    let properties = representation["_templates"]["step-up"]["properties"].as_array().unwrap();
    properties.iter().map(|property| property["name"].as_str().unwrap()).collect()
}

async fn root_of(client: &Client) -> Value {
    client.get_with_forms("/v1").await.expect_status(200).json
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_links_to_it_with_a_form_while_the_session_is_not_fresh() {
    let app = start().await;
    let (ada, _) = stale_with_totp(&app).await;
    let request = ada.request("GET", "/v1").header("accept", "application/prs.hal-forms+json");
    let root = Answer::to(request).await.expect_status(200);
    assert_eq!(root.href("step-up").as_deref(), Some("/v1/step-up"));
    let form = &root.json["_templates"]["step-up"];
    assert_eq!((&form["method"], &form["target"]), (&"POST".into(), &"/v1/step-up".into()));
    assert_eq!(fields(&root.json), ["password", "otp", "recovery_code"]);
    assert!(!app.nobody().get("/v1").await.links().contains(&"step-up".to_owned()));
    assert!(!is_fresh(&ada).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_has_the_fields_of_the_factors_that_the_user_has() {
    let app = start().await;
    let [ada, bob, cleo] = [app.user("ada").await, app.user("bob").await, app.user("cleo").await];
    for person in [&bob, &cleo] {
        person.enrol_passkey(&mut Device::new()).await;
    }
    app.enrol_totp(&cleo).await;
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(fields(&root_of(&ada).await), ["password"]);
    assert_eq!(fields(&root_of(&bob).await), ["password", "recovery_code", "ceremony", "credential"]);
    assert_eq!(fields(&root_of(&cleo).await), ["password", "otp", "recovery_code", "ceremony", "credential"]);

    let moved = Options { relying_party: ("id.usher.test", "https://id.usher.test"), ..options() };
    let moved = app.replica_with(moved).await;
    moved.clock.advance(app.clock.now() - moved.clock.now());
    let there = Client::new(&moved.url).with_token(bob.access_token().unwrap());
    assert_eq!(fields(&root_of(&there).await), ["password", "recovery_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_to_a_confirmation_knows_the_new_factor() {
    let app = TestApp::with(Options { fresh_for: TimeDelta::minutes(5), ..options() }).await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_unconfirmed_totp(&ada).await;
    app.clock.advance(TimeDelta::minutes(6));
    let request = ada.request("POST", &format!("{}/confirm", authenticator.path));
    let request = request.header("accept", "application/prs.hal-forms+json");
    let confirmed = Answer::to(request.json(&json!({ "code": authenticator.code(&app) }))).await.expect_status(200);
    assert_eq!(fields(&confirmed.json), ["password", "otp", "recovery_code"]);
}

//! A passkey keeps the domain that it was created for.

use super::{first_step, options, start, with_passkey};
use serde_json::json;
use usher_domain::policy::RequireMfa;
use usher_testkit::{Client, Device, Options, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn under_another_domain_a_passkey_is_neither_listed_nor_accepted() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let moved = Options { relying_party: ("id.usher.test", "https://id.usher.test"), ..options() };
    let moved = app.replica_with(moved).await;
    let nobody = moved.nobody();
    let answer = nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    assert_eq!(answer.json["mfa_methods"], json!(["recovery_code"]));
    let mfa_token = answer.json["mfa_token"].as_str().unwrap();
    let none = nobody.second_step_options(mfa_token).await.expect_problem(400, "no_passkeys");
    assert_eq!(none.json["error"], "invalid_grant");
    let there = Client::new(&moved.url).with_token(ada.access_token().unwrap());
    let creation = there.act(&format!("{}/factors/passkey-options", ada.path())).await.expect_status(200).json;
    assert_eq!(creation["public_key"]["excludeCredentials"], json!([]));
    assert_eq!(creation["public_key"]["rp"]["id"], "id.usher.test");

    // Neither is one whose answer names the new domain.
    let sign_in = nobody.passkey_sign_in_options().await;
    let mut former = sign_in["public_key"].clone();
    former["rpId"] = json!("usher.test");
    let credential = device.prove(&former).await;
    nobody.passkey_grant(&sign_in["ceremony"], &credential).await.expect_problem(400, "invalid_grant");

    let mut another = Device { origin: "https://id.usher.test".to_owned(), ..Device::new() };
    let created = another.create(&creation["public_key"]).await;
    let body = json!({ "ceremony": creation["ceremony"], "credential": created });
    there.post(&format!("{}/factors/passkeys", ada.path()), &body).await.expect_status(201);
    nobody.sign_in_with(&mut another).await.expect_status(200);
    app.nobody().sign_in_with(&mut device).await.expect_status(200);
    let mfa_token = first_step(&app.nobody(), "ada").await;
    let listed = app.nobody().second_step_options(&mfa_token).await.json;
    assert_eq!(listed["public_key"]["allowCredentials"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_another_domain_nobody_steps_up_with_a_passkey() {
    let app = start().await;
    let (ada, _) = with_passkey(&app, "ada").await;
    let moved = Options { relying_party: ("id.usher.test", "https://id.usher.test"), ..options() };
    let moved = app.replica_with(moved).await;
    moved.clock.advance(super::minutes(16));
    let there = Client::new(&moved.url).with_token(ada.access_token().unwrap());
    let links = there.get("/v1").await.expect_status(200).links();
    assert!(links.contains(&"step-up".to_owned()) && !links.contains(&"step-up-options".to_owned()), "{links:?}");
    there.act("/v1/step-up/options").await.expect_problem(409, "no_passkeys");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_factor_is_the_last_one_that_works() {
    let app = start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    ada.enrol_passkey(&mut Device::new()).await;
    let moved = || Options { relying_party: ("id.usher.test", "https://id.usher.test"), ..options() };
    let strict = app.replica_with(Options { require_mfa: RequireMfa::All, ..moved() }).await;
    let lax = app.replica_with(moved()).await;
    let [strict, lax] = [&strict, &lax].map(|app| Client::new(&app.url).with_token(ada.access_token().unwrap()));
    let path = &authenticator.path;
    assert_eq!(strict.get(path).await.expect_status(200).href("remove"), None);
    strict.delete(path).await.expect_problem(409, "last_way_in");
    assert!(ada.get(path).await.href("remove").is_some());
    lax.delete(path).await.expect_status(204);
    app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
    assert_eq!(super::count(&app, "SELECT FROM recovery_codes").await, 0);
}

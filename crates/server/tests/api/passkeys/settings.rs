//! Passkeys where no factor can be enrolled, and where one is required.

use super::{first_step, minutes, options, passkey, second_step, signed_in, start, with_passkey};
use serde_json::json;
use usher_domain::{FactorSupport, policy::RequireMfa};
use usher_testkit::{Client, Device, Options, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn where_no_factor_can_be_enrolled_passkeys_are_still_asked_for_and_sign_in() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let factors = FactorSupport { enrolment: false, ..FactorSupport::FULL };
    let closed = app.replica_with(Options { factors, ..options() }).await;
    let nobody = closed.nobody();
    let answer = nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    assert_eq!(answer.json["mfa_methods"], json!(["passkey", "recovery_code"]));
    let mfa_token = answer.json["mfa_token"].as_str().unwrap();
    second_step(&nobody, mfa_token, &mut device).await.expect_status(200);
    assert!(nobody.get("/v1").await.href("sign-in-with-passkey").is_some());
    nobody.sign_in_with(&mut device).await.expect_status(200);

    let there = Client::new(&closed.url).with_token(ada.access_token().unwrap());
    let list = there.get(&format!("{}/factors", ada.path())).await.expect_status(200);
    assert_eq!((list.href("passkey-options"), list.href("enrol-totp")), (None, None));
    for path in ["passkey-options", "passkeys", "totp"] {
        let path = format!("{}/factors/{path}", ada.path());
        there.act(&path).await.expect_problem(403, "factors_disabled");
    }
    closed.clock.advance(minutes(16));
    assert!(there.get("/v1").await.href("step-up-options").is_some());
    let begun = there.act("/v1/step-up/options").await.expect_status(200).json;
    let credential = device.prove(&begun["public_key"]).await;
    there.post("/v1/step-up", &passkey(&begun, &credential)).await.expect_status(200);
    // What is enrolled may go.
    let passkey = ada.get(&format!("{}/factors", ada.path())).await.json["_embedded"]["factors"].clone();
    let passkey = passkey.as_array().unwrap().iter().find(|factor| factor["type"] == "passkey").unwrap().clone();
    let path = format!("{}/factors/{}", ada.path(), passkey["id"].as_str().unwrap());
    there.delete(&path).await.expect_status(204);
    nobody.sign_in("ada", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_with_a_passkey_is_what_a_required_factor_takes() {
    let app = start().await;
    let (ada, mut device) = with_passkey(&app, "ada").await;
    let unproved = {
        let bob = app.user("bob").await;
        let other = app.nobody().sign_in("bob", PASSWORD).await;
        bob.enrol_passkey(&mut Device::new()).await;
        other
    };
    let strict = app.replica_with(Options { require_mfa: RequireMfa::All, ..options() }).await;
    let nobody = strict.nobody();
    let by_passkey_alone = nobody.sign_in_with(&mut device).await.expect_status(200);
    let mfa_token = first_step(&nobody, "ada").await;
    let by_both = second_step(&nobody, &mfa_token, &mut device).await.expect_status(200);
    for answer in [by_passkey_alone, by_both] {
        let client = signed_in(&strict, &answer).await;
        assert!(client.get(&ada.path()).await.expect_status(200).href("update").is_some());
        client.get(&format!("{}/api-keys", ada.path())).await.expect_status(200);
        client.patch(&ada.path(), &json!({ "username": "ada" })).await.expect_status(200);
        // The last one stays.
        let list = client.get(&format!("{}/factors", ada.path())).await.expect_status(200).json;
        let factors = list["_embedded"]["factors"].as_array().unwrap();
        let passkey = factors.iter().find(|factor| factor["type"] == "passkey").unwrap();
        assert!(passkey["_links"].get("remove").is_none(), "{passkey}");
        let path = format!("{}/factors/{}", ada.path(), passkey["id"].as_str().unwrap());
        client.delete(&path).await.expect_problem(409, "last_way_in");
    }
    let unproved = Client::new(&strict.url).with_token(unproved.access_token().unwrap());
    unproved.get(&format!("{}/api-keys", ada.path())).await.expect_problem(403, "not_allowed");
    let me = unproved.get("/v1/me").await.expect_status(200);
    assert_eq!(me.href("api-keys"), None);
    let root = unproved.get("/v1").await.expect_status(200);
    assert!(root.href("step-up").is_some() && root.href("step-up-options").is_some());
}

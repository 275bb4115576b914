//! The second step of a sign-in, with a passkey.

use super::{count, counted, first_step, methods, second_step, send, signed_in, start, unlimited, with_passkey};
use futures_util::future::join_all;
use serde_json::json;
use usher_domain::passkey::{MAX_CEREMONY_LENGTH, MAX_CREDENTIAL_LENGTH};
use usher_testkit::{Device, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_proved_after_the_password() {
    let app = start().await;
    let ada = app.user("ada").await;
    let mut device = Device { verifies_user: false, ..Device::new() };
    ada.enrol_passkey(&mut device).await;
    let nobody = app.nobody();
    let answer = nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    assert_eq!(answer.json["mfa_methods"], json!(["passkey", "recovery_code"]));
    let mfa_token = answer.json["mfa_token"].as_str().unwrap();
    let options = nobody.second_step_options(mfa_token).await.expect_status(200).json;
    assert_eq!(options["public_key"]["userVerification"], "preferred");
    assert_eq!(options["public_key"]["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = second_step(&nobody, mfa_token, &mut device).await.expect_status(200);
    assert_eq!(methods(&signed_in(&app, &answer).await).await, json!(["pwd", "swk", "mfa"]));
    let again = nobody.second_step_options(mfa_token).await.expect_problem(400, "mfa_token_spent");
    assert_eq!(again.json["error"], "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_users_passkey_and_another_ceremony_are_wrong_and_only_the_former_is_counted() {
    let app = unlimited().await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let (_, mut of_bob) = with_passkey(&app, "bob").await;
    let nobody = app.nobody();
    let mfa_token = first_step(&nobody, "ada").await;
    let options = nobody.second_step_options(&mfa_token).await.json;
    let mut any = options["public_key"].clone();
    any["allowCredentials"] = json!([]);
    let wrong = of_bob.prove(&any).await;
    let sign_in = nobody.passkey_sign_in_options().await;
    let of_bob_token = first_step(&nobody, "bob").await;
    let for_bob = nobody.second_step_options(&of_bob_token).await.json;
    for (options, counts) in [(&options, true), (&sign_in, false), (&for_bob, false)] {
        let mut any = options["public_key"].clone();
        any["allowCredentials"] = json!([]);
        let credential = if counts { wrong.clone() } else { device.prove(&any).await };
        let answer = send(&nobody, &mfa_token, &options["ceremony"], &credential).await;
        assert_eq!(answer.expect_problem(400, "wrong_code").json["error"], "invalid_grant");
    }
    let proofs = app.sql().await.rows("SELECT proofs FROM mfa_tokens ORDER BY proofs DESC").await;
    assert_eq!(proofs[0]["proofs"], 1);
    for _ in 0..4 {
        send(&nobody, &mfa_token, &options["ceremony"], &wrong).await.expect_problem(400, "wrong_code");
    }
    let right = device.prove(&options["public_key"]).await;
    send(&nobody, &mfa_token, &options["ceremony"], &right).await.expect_problem(400, "mfa_token_spent");
    assert_eq!(count(&app, "SELECT FROM spent_ceremonies").await, 0, "a spent token spends no ceremony");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_proofs_are_used_up_gives_no_options() {
    let app = unlimited().await;
    with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let mfa_token = first_step(&nobody, "ada").await;
    let code = async |code: &str| {
        let fields =
            [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", mfa_token.as_str()), ("recovery_code", code)];
        nobody.form("/v1/oauth/token", &fields).await
    };
    for _ in 0..5 {
        nobody.second_step_options(&mfa_token).await.expect_status(200);
        code("0000-0000-0000-0000").await.expect_problem(400, "wrong_code");
    }
    nobody.second_step_options(&mfa_token).await.expect_problem(400, "mfa_token_spent");
    code("?").await.expect_problem(400, "mfa_token_spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_sign_ins_with_one_passkeys_answer_one_succeeds() {
    let app = unlimited().await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let tokens = join_all((0..100).map(|_| first_step(&nobody, "ada"))).await;
    let options = nobody.second_step_options(&tokens[0]).await.json;
    let credential = device.prove(&options["public_key"]).await;
    let steps = tokens.iter().map(|token| send(&nobody, token, &options["ceremony"], &credential));
    let counts = counted(&join_all(steps).await);
    assert_eq!(counts[&(200, String::new())], 1, "{counts:?}");
    assert_eq!(counts[&(400, "wrong_code".to_owned())], 99, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_second_factor_is_sent() {
    let app = start().await;
    let (_, mut device) = with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    let options = nobody.second_step_options(&token).await.json;
    let credential = device.prove(&options["public_key"]).await.to_string();
    let ceremony = options["ceremony"].as_str().unwrap();
    let grant = ("grant_type", "urn:usher:grant:mfa");
    let token = ("mfa_token", token.as_str());
    for fields in [
        &[("ceremony", ceremony)][..],
        &[("credential", credential.as_str())],
        &[("ceremony", ceremony), ("credential", credential.as_str()), ("otp", "123456")],
    ] {
        let fields = [&[grant, token], fields].concat();
        nobody.form("/v1/oauth/token", &fields).await.expect_problem(400, "invalid_request");
    }
    // What cannot be a credential is wrong, and is not counted.
    for credential in ["{}", "text", "1"] {
        let fields = [grant, token, ("ceremony", ceremony), ("credential", credential)];
        nobody.form("/v1/oauth/token", &fields).await.expect_problem(400, "wrong_code");
    }
    assert_eq!(count(&app, "SELECT FROM mfa_tokens WHERE proofs > 0").await, 0);
    nobody.form("/v1/oauth/passkey-options", &[token, token]).await.expect_problem(400, "invalid_request");
    nobody.second_step_options("unknown").await.expect_problem(400, "mfa_token_spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_and_a_credential_of_the_documented_lengths_fit_into_one_request() {
    let app = start().await;
    with_passkey(&app, "ada").await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    let ceremony = json!("A".repeat(MAX_CEREMONY_LENGTH));
    let credential = json!("A".repeat(MAX_CREDENTIAL_LENGTH - 2));
    send(&nobody, &token, &ceremony, &credential).await.expect_problem(400, "wrong_code");
}

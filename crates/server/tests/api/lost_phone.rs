//! The ways of a user who has lost the phone with the authenticator app: each one from the loss until they sign in with a new
//! app.

use serde_json::json;
use tokio::runtime::Handle;
use usher_domain::checked;
use usher_persistence::Database;
use usher_testkit::{Answer, Authenticator, Device, PASSWORD, Person, TestApp};

const NEW_PASSWORD: &str = "barbara-liskov-1939";

/// The token that continues the sign-in of a user for whom the password is not enough.
async fn first_step(app: &TestApp, password: &str) -> String {
    let answer = app.nobody().password_grant("ada", password).await.expect_problem(400, "mfa_required");
    answer.json["mfa_token"].as_str().unwrap().to_owned()
}

async fn second_step(app: &TestApp, mfa_token: &str, proof: &[(&str, &str)]) -> Answer {
    let form = [&[("grant_type", "urn:usher:grant:mfa"), ("mfa_token", mfa_token)], proof].concat();
    app.nobody().form("/v1/oauth/token", &form).await
}

/// Enrols a new app in this session, and signs in with it.
async fn sign_in_with_a_new_app(app: &TestApp, ada: &Person, password: &str) -> Authenticator {
    let authenticator = app.enrol_totp(ada).await;
    let mfa_token = first_step(app, password).await;
    second_step(app, &mfa_token, &[("otp", &authenticator.code(app))]).await.expect_status(200);
    authenticator
}

/// The app on the lost phone does not sign in any more.
async fn remove(app: &TestApp, ada: &Person, lost: &Authenticator) {
    ada.delete(&lost.path).await.expect_status(204);
    let mfa_token = first_step(app, PASSWORD).await;
    second_step(app, &mfa_token, &[("otp", &lost.code(app))]).await.expect_problem(400, "wrong_code");
}

/// The operator's command, as it is run in the shell.
async fn reset_by_the_operator(app: &TestApp, mail: bool) {
    let database = Database::new(&app.database_url, 2, app.clock.clone(), &Handle::current()).unwrap();
    database.reset_factors_as_operator(&checked("ada").unwrap(), mail).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_and_the_app_is_replaced() {
    let app = TestApp::start().await;
    let lost = app.enrol_totp(&app.user("ada").await).await;
    let mfa_token = first_step(&app, PASSWORD).await;
    let answer = second_step(&app, &mfa_token, &[("recovery_code", &lost.recovery_codes[3])]).await;
    let ada = app.nobody().signed_in_by(answer).await;
    let new = sign_in_with_a_new_app(&app, &ada, PASSWORD).await;
    assert!(new.recovery_codes.is_empty(), "the others stay valid");
    remove(&app, &ada, &lost).await;
    let mfa_token = first_step(&app, PASSWORD).await;
    for (code, status) in [(3, 400), (4, 200)] {
        let answer = second_step(&app, &mfa_token, &[("recovery_code", &lost.recovery_codes[code])]).await;
        answer.expect_status(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_on_another_device_signs_in_and_the_app_is_replaced() {
    for with_password in [true, false] {
        let app = TestApp::start().await;
        let (ada, mut key) = (app.user("ada").await, Device::new());
        let lost = app.enrol_totp(&ada).await;
        ada.enrol_passkey(&mut key).await;
        let nobody = app.nobody();
        let answer = if with_password {
            let mfa_token = first_step(&app, PASSWORD).await;
            let begun = nobody.second_step_options(&mfa_token).await.expect_status(200).json;
            let credential = key.prove(&begun["public_key"]).await.to_string();
            let ceremony = begun["ceremony"].as_str().unwrap();
            second_step(&app, &mfa_token, &[("ceremony", ceremony), ("credential", &credential)]).await
        } else {
            nobody.sign_in_with(&mut key).await
        };
        let ada = nobody.signed_in_by(answer).await;
        sign_in_with_a_new_app(&app, &ada, PASSWORD).await;
        remove(&app, &ada, &lost).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_resets_the_factors_and_the_password_signs_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.user("ada").await;
    let lost = app.enrol_totp(&ada).await;
    first_step(&app, PASSWORD).await;
    let reset = admin.get(&ada.path()).await.expect_status(200).href("reset-factors").unwrap();
    admin.delete(&reset).await.expect_status(204);
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    let new = sign_in_with_a_new_app(&app, &ada, PASSWORD).await;
    assert_eq!(new.recovery_codes.len(), 10);
    let mfa_token = first_step(&app, PASSWORD).await;
    for proof in [("otp", lost.code(&app)), ("recovery_code", lost.recovery_codes[0].clone())] {
        second_step(&app, &mfa_token, &[(proof.0, &proof.1)]).await.expect_problem(400, "wrong_code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_resets_the_factors_and_the_password_signs_in() {
    let app = TestApp::start().await;
    app.enrol_totp(&app.user("ada").await).await;
    first_step(&app, PASSWORD).await;
    reset_by_the_operator(&app, false).await;
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    sign_in_with_a_new_app(&app, &ada, PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_resets_factors_and_password_and_the_mailed_link_leads_in() {
    let app = TestApp::start().await;
    app.enrol_totp(&app.user("ada").await).await;
    first_step(&app, PASSWORD).await;
    reset_by_the_operator(&app, true).await;
    let nobody = app.nobody();
    nobody.password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 1).await;
    let link = mails.iter().find(|mail| mail.subject == "Choose a new password").unwrap();
    let body = json!({ "token": link.token(), "new_password": NEW_PASSWORD });
    nobody.post("/v1/password-resets/confirm", &body).await.expect_status(204);
    let ada = nobody.sign_in("ada", NEW_PASSWORD).await;
    sign_in_with_a_new_app(&app, &ada, NEW_PASSWORD).await;
}

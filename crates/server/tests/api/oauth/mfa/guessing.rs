//! Guesses at second factors are counted apart from passwords.

use super::{GRANT_TYPE, TOKEN, refused, send_otp, send_recovery_code, token_of, unlimited};
use chrono::TimeDelta;
use serde_json::json;
use usher_testkit::{Answer, Authenticator, Options, PASSWORD, Person, TestApp};

const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.7";
const NOBODY_HAS_IT: &str = "0000-0000-0000-0000";

async fn behind_a_proxy() -> TestApp {
    TestApp::with(Options { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Options::default() }).await
}

/// A request to the token endpoint from an address.
async fn from(app: &TestApp, address: &str, parameters: &[(&str, &str)]) -> Answer {
    let body = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let request = app.nobody().request("POST", TOKEN).header("x-forwarded-for", address);
    Answer::to(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

async fn password_from(app: &TestApp, address: &str, password: &str) -> Answer {
    from(app, address, &[("grant_type", "password"), ("username", "ada"), ("password", password)]).await
}

/// A whole sign-in from an address, whose second step proves this.
async fn sign_in_from(app: &TestApp, address: &str, factor: (&str, &str)) -> Answer {
    let token = token_of(&password_from(app, address, PASSWORD).await);
    from(app, address, &[("grant_type", GRANT_TYPE), ("mfa_token", &token), factor]).await
}

/// Six wrong codes, one more than are free: the next one has to wait.
async fn guess_too_often(app: &TestApp, address: &str, factor: (&str, &str)) {
    for _ in 0..6 {
        refused(sign_in_from(app, address, factor).await, "wrong_code");
    }
    sign_in_from(app, address, factor).await.expect_problem(429, "too_many_attempts");
}

#[track_caller]
fn is_limited(answer: Answer) {
    answer.expect_problem(429, "too_many_attempts");
}

/// A user who has signed in from [`HOME`] with a factor.
async fn ada_at_home(app: &TestApp) -> (Person, Authenticator) {
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    sign_in_from(app, HOME, ("otp", &authenticator.code(app))).await.expect_status(200);
    app.next_step();
    (ada, authenticator)
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_one_factor_delay_neither_the_other_nor_passwords() {
    let app = behind_a_proxy().await;
    let (_, authenticator) = ada_at_home(&app).await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    is_limited(sign_in_from(&app, AWAY, ("otp", &authenticator.code(&app))).await);
    sign_in_from(&app, AWAY, ("recovery_code", &authenticator.recovery_codes[0])).await.expect_status(200);

    guess_too_often(&app, "203.0.113.9", ("recovery_code", NOBODY_HAS_IT)).await;
    is_limited(sign_in_from(&app, "203.0.113.9", ("recovery_code", &authenticator.recovery_codes[1])).await);
    sign_in_from(&app, "203.0.113.9", ("otp", &authenticator.code(&app))).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_code_is_not_heard_and_not_used_up() {
    let app = behind_a_proxy().await;
    let (_, authenticator) = ada_at_home(&app).await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    let token = token_of(&password_from(&app, AWAY, PASSWORD).await);
    let code = authenticator.code(&app);
    let parameters = [("grant_type", GRANT_TYPE), ("mfa_token", token.as_str()), ("otp", &code)];
    for _ in 0..10 {
        is_limited(from(&app, AWAY, &parameters).await);
    }
    app.clock.advance(TimeDelta::seconds(2));
    from(&app, AWAY, &parameters).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_elsewhere_do_not_delay_an_owner_at_home() {
    let app = behind_a_proxy().await;
    let (_, authenticator) = ada_at_home(&app).await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    sign_in_from(&app, HOME, ("otp", &authenticator.code(&app))).await.expect_status(200);
    app.next_step();
    // The guesses at home are limited too.
    guess_too_often(&app, HOME, ("otp", &authenticator.wrong_code(&app))).await;
    is_limited(sign_in_from(&app, HOME, ("otp", &authenticator.code(&app))).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_factors_forgets_the_failures() {
    let app = behind_a_proxy().await;
    let (ada, authenticator) = ada_at_home(&app).await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    let admin = app.admin().await;
    let is_slowed = async || admin.get(&ada.path()).await.links().contains(&"lift-throttle".to_owned());
    assert!(is_slowed().await);
    admin.delete(&format!("{}/factors", ada.path())).await.expect_status(204);
    assert!(!is_slowed().await);
    let authenticator = app.enrol_totp(&app.nobody().sign_in("ada", PASSWORD).await).await;
    app.next_step();
    sign_in_from(&app, AWAY, ("otp", &authenticator.code(&app))).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_forgets_the_failures() {
    let app = behind_a_proxy().await;
    let (_, authenticator) = ada_at_home(&app).await;
    for _ in 0..3 {
        for _ in 0..5 {
            refused(sign_in_from(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await, "wrong_code");
        }
        sign_in_from(&app, AWAY, ("otp", &authenticator.code(&app))).await.expect_status(200);
        app.next_step();
        let failures = app.sql().await.rows("SELECT second_factor_failures FROM users WHERE username = 'ada'").await;
        assert_eq!(failures[0]["second_factor_failures"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_success_with_one_factor_forgets_guesses_at_the_others() {
    let app = behind_a_proxy().await;
    let (ada, authenticator) = ada_at_home(&app).await;
    let admin = app.admin().await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    assert!(admin.get(&ada.path()).await.href("lift-throttle").is_some());
    sign_in_from(&app, AWAY, ("recovery_code", &authenticator.recovery_codes[0])).await.expect_status(200);
    assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), None);
    sign_in_from(&app, "203.0.113.9", ("otp", &authenticator.code(&app))).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_alone_forgets_no_wrong_password_and_makes_no_address_known() {
    let app = behind_a_proxy().await;
    let (_, authenticator) = ada_at_home(&app).await;
    let wrong = async || password_from(&app, AWAY, "wrong").await;
    for _ in 0..5 {
        wrong().await.expect_problem(400, "invalid_grant");
        token_of(&password_from(&app, AWAY, PASSWORD).await);
    }
    wrong().await.expect_problem(400, "invalid_grant");
    is_limited(password_from(&app, AWAY, PASSWORD).await);
    let known = "SELECT FROM familiar_addresses WHERE user_id = (SELECT id FROM users WHERE username = 'ada')";
    assert_eq!(app.sql().await.rows(known).await.len(), 2, "where she registered, and at home");
    app.clock.advance(TimeDelta::seconds(2));
    sign_in_from(&app, AWAY, ("otp", &authenticator.code(&app))).await.expect_status(200);
    assert_eq!(app.sql().await.rows(known).await.len(), 3);
    for _ in 0..5 {
        wrong().await.expect_problem(400, "invalid_grant");
    }
    token_of(&password_from(&app, AWAY, PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_right_passwords_without_a_second_step_delay_nobody() {
    let app = behind_a_proxy().await;
    ada_at_home(&app).await;
    for _ in 0..20 {
        token_of(&password_from(&app, AWAY, PASSWORD).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_does_not_guess_at_the_factors_of_many() {
    let app = behind_a_proxy().await;
    let people = 21;
    for n in 0..people {
        let user = app.user(&format!("user{n}")).await;
        app.enrol_totp(&user).await;
    }
    let guess = async |n: usize| {
        let name = format!("user{}", n % people);
        let password = [("grant_type", "password"), ("username", name.as_str()), ("password", PASSWORD)];
        let token = token_of(&from(&app, AWAY, &password).await);
        from(&app, AWAY, &[("grant_type", GRANT_TYPE), ("mfa_token", &token), ("recovery_code", NOBODY_HAS_IT)]).await
    };
    for n in 0..101 {
        refused(guess(n).await, "wrong_code");
    }
    is_limited(guess(101).await);
}

/// Wrong codes, five with each token.
async fn fail(app: &TestApp, authenticator: &Authenticator, times: usize) {
    let nobody = app.nobody();
    let mut token = String::new();
    for n in 0..times {
        if n.is_multiple_of(5) {
            token = super::first_step(&nobody, "ada").await;
        }
        refused(send_otp(&nobody, &token, &authenticator.wrong_code(app)).await, "wrong_code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_hundred_failures_in_a_row_one_time_codes_are_not_heard_and_recovery_codes_are() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let (admin, nobody) = (app.admin().await, app.nobody());
    fail(&app, &authenticator, 99).await;
    let token = super::first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
    app.next_step();

    fail(&app, &authenticator, 100).await;
    let answer = nobody.password_grant("ada", PASSWORD).await;
    assert_eq!(answer.json["mfa_methods"], json!(["recovery_code"]));
    let token = token_of(&answer);
    for _ in 0..6 {
        refused(send_otp(&nobody, &token, &authenticator.code(&app)).await, "wrong_code");
    }
    let failures = "SELECT second_factor_failures FROM users WHERE username = 'ada'";
    assert_eq!(app.sql().await.rows(failures).await[0]["second_factor_failures"], 100);
    assert!(admin.get(&ada.path()).await.href("lift-throttle").is_some());
    // Nothing was heard with the token.
    send_recovery_code(&nobody, &token, &authenticator.recovery_codes[0]).await.expect_status(200);
    assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), None);
    let token = super::first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_lifts_it() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let (admin, nobody) = (app.admin().await, app.nobody());
    let path = format!("{}/lift-throttle", ada.path());
    fail(&app, &authenticator, 99).await;
    admin.act(&path).await.expect_problem(409, "not_throttled");
    fail(&app, &authenticator, 1).await;
    admin.act(&path).await.expect_status(204);
    admin.act(&path).await.expect_problem(409, "not_throttled");
    let token = super::first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_is_heard_after_the_factors_were_reset_or_the_last_one_was_removed() {
    let app = unlimited().await;
    let admin = app.admin().await;
    app.user("ada").await;
    for is_reset in [true, false] {
        let ada = app.nobody().sign_in("ada", PASSWORD).await;
        let authenticator = app.enrol_totp(&ada).await;
        fail(&app, &authenticator, 100).await;
        if is_reset {
            admin.delete(&format!("{}/factors", ada.path())).await.expect_status(204);
        } else {
            ada.delete(&authenticator.path).await.expect_status(204);
        }
        assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), None, "without a factor nothing is throttled");
        let ada = app.nobody().sign_in("ada", PASSWORD).await;
        let authenticator = app.enrol_totp(&ada).await;
        let answer = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
        assert_eq!(answer.json["mfa_methods"], json!(["totp", "recovery_code"]));
        let token = token_of(&answer);
        send_otp(&app.nobody(), &token, &authenticator.code(&app)).await.expect_status(200);
        ada.delete(&authenticator.path).await.expect_status(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_recovery_codes_do_not_keep_one_time_codes_from_being_heard() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let mut token = String::new();
    for n in 0..105 {
        if n % 5 == 0 {
            token = super::first_step(&nobody, "ada").await;
        }
        refused(send_recovery_code(&nobody, &token, NOBODY_HAS_IT).await, "wrong_code");
    }
    let token = super::first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_second_step_is_slowed_shows_it_and_an_admin_lifts_it() {
    let app = behind_a_proxy().await;
    let (ada, authenticator) = ada_at_home(&app).await;
    let admin = app.admin().await;
    let path = format!("{}/lift-throttle", ada.path());
    for factor in [("otp", authenticator.wrong_code(&app)), ("recovery_code", NOBODY_HAS_IT.to_owned())] {
        let factor = (factor.0, factor.1.as_str());
        for _ in 0..5 {
            refused(sign_in_from(&app, AWAY, factor).await, "wrong_code");
        }
        admin.act(&path).await.expect_problem(409, "not_throttled");
        refused(sign_in_from(&app, AWAY, factor).await, "wrong_code");
        assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), Some(path.clone()));
        // Neither a right current password nor a mailed link forgets them.
        let email = json!({ "email": format!("{}@example.com", factor.0), "current_password": PASSWORD });
        ada.patch(&ada.path(), &email).await.expect_status(200);
        assert_eq!(admin.get(&ada.path()).await.href("lift-throttle"), Some(path.clone()));
        is_limited(sign_in_from(&app, AWAY, factor).await);
        admin.act(&path).await.expect_status(204);
        refused(sign_in_from(&app, AWAY, factor).await, "wrong_code");
        admin.act(&path).await.expect_problem(409, "not_throttled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_reset_does_not_forget_failures_of_second_factors() {
    let app = behind_a_proxy().await;
    let (ada, authenticator) = ada_at_home(&app).await;
    guess_too_often(&app, AWAY, ("otp", &authenticator.wrong_code(&app))).await;
    app.nobody().post("/v1/password-resets", &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 0).await;
    let reset = mails.iter().find(|mail| mail.subject == "Choose a new password").unwrap();
    let body = json!({ "token": reset.token(), "new_password": PASSWORD });
    app.nobody().post("/v1/password-resets/confirm", &body).await.expect_status(204);
    is_limited(sign_in_from(&app, AWAY, ("otp", &authenticator.code(&app))).await);
    assert!(app.admin().await.get(&ada.path()).await.href("lift-throttle").is_some());
}

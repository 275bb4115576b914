//! Many second steps at once.

use super::{first_step, send_otp, send_recovery_code, unlimited};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use usher_testkit::{Answer, Options, TestApp, until_served};

/// How often each status and code was answered.
fn counted(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry((answer.status, answer.code().to_owned())).or_default() += 1;
    }
    counts
}

/// A hundred sign-ins that wait, on two replicas. They begin one after the other: many passwords at once are rate limited.
async fn hundred(app: &TestApp, other: &TestApp) -> Vec<(usize, String)> {
    let (here, there) = (app.nobody(), other.nobody());
    let mut tokens = Vec::new();
    for n in 0..100_usize {
        let client = if n.is_multiple_of(2) { &here } else { &there };
        tokens.push((n, first_step(client, "ada").await));
    }
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_sign_ins_with_one_code_one_succeeds() {
    for rate_limit in [false, true] {
        let options = Options { rate_limit, ..Options::default() };
        let app = TestApp::with(options.clone()).await;
        let other = app.replica_with(options).await;
        let ada = app.user("ada").await;
        let authenticator = app.enrol_totp(&ada).await;
        other.next_step();
        let (here, there) = (app.nobody(), other.nobody());
        let code = authenticator.code(&app);
        let recovery_code = &authenticator.recovery_codes[0];
        for otp in [true, false] {
            let tokens = hundred(&app, &other).await;
            let before = app.sql().await.rows("SELECT FROM sessions").await.len();
            let answers = join_all(tokens.iter().map(async |(n, token)| {
                let client = if n.is_multiple_of(2) { &here } else { &there };
                until_served(async || {
                    if otp {
                        send_otp(client, token, &code).await
                    } else {
                        send_recovery_code(client, token, recovery_code).await
                    }
                })
                .await
            }))
            .await;
            let counts = counted(&answers);
            assert_eq!(counts[&(200, String::new())], 1, "{counts:?}");
            let allowed = [(200, ""), (400, "wrong_code"), (429, "too_many_attempts")];
            assert!(counts.keys().all(|(status, code)| allowed.contains(&(*status, code))), "{counts:?}");
            if !rate_limit {
                assert_eq!(counts[&(400, "wrong_code".to_owned())], 99, "{counts:?}");
            }
            assert_eq!(app.sql().await.rows("SELECT FROM sessions").await.len(), before + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_second_steps_with_one_token_one_succeeds_and_the_others_use_up_no_code() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let token = first_step(&nobody, "ada").await;
    let codes = &authenticator.recovery_codes;
    let step = async |n: usize| send_recovery_code(&nobody, &token, &codes[n % codes.len()]).await;
    let counts = counted(&join_all((0..100).map(|n| until_served(async move || step(n).await))).await);
    assert_eq!(counts[&(200, String::new())], 1, "{counts:?}");
    assert_eq!(counts[&(400, "mfa_token_spent".to_owned())], 99, "{counts:?}");
    assert_eq!(app.sql().await.rows("SELECT FROM recovery_codes").await.len(), codes.len() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_guesses_with_one_token_five_are_heard() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody = app.nobody();
    let (token, wrong) = (first_step(&nobody, "ada").await, authenticator.wrong_code(&app));
    let guess = async || send_otp(&nobody, &token, &wrong).await;
    let counts = counted(&join_all((0..100).map(|_| until_served(guess))).await);
    assert_eq!(counts[&(400, "wrong_code".to_owned())], 5, "{counts:?}");
    assert_eq!(counts[&(400, "mfa_token_spent".to_owned())], 95, "{counts:?}");
}

//! A sign-in that waits for its second step ends when what it depends on changes.

use super::{first_step, refused, send_otp, send_recovery_code, unlimited};
use serde_json::json;
use usher_testkit::{Answer, Authenticator, Client, Options, PASSWORD, Person, TestApp};

const NEW_PASSWORD: &str = "another-good-one-77";

/// A user with an authenticator app and a sign-in that waits.
struct Waiting {
    app: TestApp,
    ada: Person,
    authenticator: Authenticator,
    token: String,
}

impl Waiting {
    async fn start(options: Options) -> Self {
        let app = TestApp::with(options).await;
        let ada = app.user("ada").await;
        let authenticator = app.enrol_totp(&ada).await;
        let token = first_step(&app.nobody(), "ada").await;
        Self { app, ada, authenticator, token }
    }

    /// The second step with a right code, which must be refused.
    async fn is_spent(&self) {
        let answer = send_otp(&self.app.nobody(), &self.token, &self.authenticator.code(&self.app)).await;
        refused(answer, "mfa_token_spent");
    }

    /// The code was not used up.
    async fn code_is_left(&self, password: &str) {
        let answer = self.app.nobody().password_grant("ada", password).await;
        let token = super::token_of(&answer);
        let code = self.authenticator.code(&self.app);
        send_otp(&self.app.nobody(), &token, &code).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_it() {
    let waiting = Waiting::start(Options::default()).await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    waiting.ada.put(&format!("{}/password", waiting.ada.path()), &body).await.expect_status(204);
    waiting.is_spent().await;
    waiting.code_is_left(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_password_ends_it() {
    let waiting = Waiting::start(Options::default()).await;
    let app = &waiting.app;
    app.nobody().post("/v1/password-resets", &json!({ "email": "ada@example.com" })).await.expect_status(202);
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 0).await;
    let reset = mails.iter().find(|mail| mail.subject == "Choose a new password").unwrap();
    let body = json!({ "token": reset.token(), "new_password": NEW_PASSWORD });
    app.nobody().post("/v1/password-resets/confirm", &body).await.expect_status(204);
    waiting.is_spent().await;
    waiting.code_is_left(NEW_PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_ends_it_and_reactivation_does_not_bring_it_back() {
    let waiting = Waiting::start(Options::default()).await;
    let admin = waiting.app.admin().await;
    admin.act(&format!("{}/suspend", waiting.ada.path())).await.expect_status(200);
    waiting.is_spent().await;
    admin.act(&format!("{}/reactivate", waiting.ada.path())).await.expect_status(200);
    waiting.is_spent().await;
    waiting.code_is_left(PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_ends_it() {
    let waiting = Waiting::start(Options::default()).await;
    waiting.ada.delete(&waiting.ada.path()).await.expect_status(204);
    waiting.is_spent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_longer_verified_ends_it_where_one_is_required() {
    let app = TestApp::with(Options { require_verified_email: true, ..Options::default() }).await;
    app.nobody().register("ada").await.expect_status(201);
    let verified = |verified: bool| format!("UPDATE users SET email_verified = {verified} WHERE username = 'ada'");
    app.sql().await.execute(&verified(true)).await;
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    let authenticator = app.enrol_totp(&ada).await;
    let token = first_step(&app.nobody(), "ada").await;
    app.sql().await.execute(&verified(false)).await;
    let waiting = Waiting { app, ada, authenticator, token };
    waiting.is_spent().await;
    waiting.app.sql().await.execute(&verified(true)).await;
    waiting.code_is_left(PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_factor_ends_it_and_so_does_the_removal_of_one() {
    let mut waiting = Waiting::start(Options { rate_limit: false, ..Options::default() }).await;
    let second = waiting.app.enrol_totp(&waiting.ada).await;
    waiting.is_spent().await;
    waiting.token = first_step(&waiting.app.nobody(), "ada").await;
    waiting.ada.delete(&second.path).await.expect_status(204);
    waiting.is_spent().await;
    waiting.code_is_left(PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_factors_any_more_signs_in_with_the_password_alone() {
    let waiting = Waiting::start(Options::default()).await;
    waiting.ada.delete(&waiting.authenticator.path).await.expect_status(204);
    waiting.is_spent().await;
    waiting.app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_matter_does_not_end_it() {
    let waiting = Waiting::start(Options::default()).await;
    let (app, admin) = (&waiting.app, waiting.app.admin().await);
    // Another sign-in, another name, the end of all sessions, and a recovery code that is used.
    let other = first_step(&app.nobody(), "ada").await;
    let code = &waiting.authenticator.recovery_codes[0];
    send_recovery_code(&app.nobody(), &other, code).await.expect_status(200);
    let name = json!({ "username": "lovelace" });
    admin.patch(&waiting.ada.path(), &name).await.expect_status(200);
    admin.delete(&format!("{}/sessions", waiting.ada.path())).await.expect_status(204);
    send_otp(&app.nobody(), &waiting.token, &waiting.authenticator.code(app)).await.expect_status(200);
}

/// A write that waits for the row of the user while the second step is under way.
async fn during(app: &TestApp, change: &str, step: impl Future<Output = Answer>) -> Answer {
    let (mut holder, mut watcher) = (app.sql().await, app.sql().await);
    holder.execute("BEGIN").await;
    holder.execute("SELECT FROM users WHERE username = 'ada' FOR UPDATE").await;
    let write = async {
        watcher.until_waiting(1).await;
        holder.execute(change).await;
        holder.execute("COMMIT").await;
    };
    tokio::join!(step, write).0
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_judged_by_the_rows_at_the_time_of_the_write() {
    let app = unlimited().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let nobody: Client = app.nobody();
    for change in ["status = 'suspended'", "password_hash = NULL", "factors_version = factors_version + 1"] {
        app.sql().await.execute("UPDATE users SET status = 'active' WHERE username = 'ada'").await;
        let token = first_step(&nobody, "ada").await;
        let hash = app.sql().await.rows("SELECT password_hash FROM users WHERE username = 'ada'").await;
        let change = format!("UPDATE users SET {change} WHERE username = 'ada'");
        let code = authenticator.code(&app);
        refused(during(&app, &change, send_otp(&nobody, &token, &code)).await, "mfa_token_spent");
        let hash = hash[0]["password_hash"].as_str().unwrap();
        app.sql().await.execute(&format!("UPDATE users SET password_hash = '{hash}' WHERE username = 'ada'")).await;
    }
    let token = first_step(&nobody, "ada").await;
    send_otp(&nobody, &token, &authenticator.code(&app)).await.expect_status(200);
}

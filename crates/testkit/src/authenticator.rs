//! Authenticator apps, as users have them.

use crate::{Person, TestApp};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

/// Seconds of a time step.
const STEP: i64 = 30;

/// The authenticator app of a user, and the recovery codes that came with it.
#[derive(Clone)]
pub struct Authenticator {
    /// The path of the factor.
    pub path: String,
    pub recovery_codes: Vec<String>,
    totp: Totp,
}

impl Authenticator {
    /// The code that it shows at a time.
    pub fn code_at(&self, time: DateTime<Utc>) -> String {
        self.totp.generate(time.timestamp().try_into().unwrap()).to_string()
    }

    /// The code that it shows now, by the clock of the service.
    pub fn code(&self, app: &TestApp) -> String {
        self.code_at(app.clock.now())
    }

    /// A code that is right neither now nor in the steps before and after.
    pub fn wrong_code(&self, app: &TestApp) -> String {
        let shown: Vec<String> =
            (-1..=1).map(|step| self.code_at(app.clock.now() + TimeDelta::seconds(step * STEP))).collect();
        (0..1_000_000).map(|n| format!("{n:06}")).find(|code| !shown.contains(code)).unwrap()
    }
}

impl TestApp {
    /// Enrols an authenticator app of a user, and does not confirm it.
    pub async fn enrol_unconfirmed_totp(&self, person: &Person) -> Authenticator {
        let enrolled = person.post(&format!("{}/factors/totp", person.path()), &json!({})).await.expect_status(201);
        let secret = Secret::try_from_base32(enrolled.json["secret"].as_str().unwrap()).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let path = format!("{}/factors/{}", person.path(), enrolled.json["id"].as_str().unwrap());
        Authenticator { path, recovery_codes: Vec::new(), totp }
    }

    /// Enrols an authenticator app of a user and confirms it. Its next code is shown in the next time step, to which the clock
    /// of the service is moved.
    pub async fn enrol_totp(&self, person: &Person) -> Authenticator {
        let mut authenticator = self.enrol_unconfirmed_totp(person).await;
        let code = json!({ "code": authenticator.code(self) });
        let confirm = format!("{}/confirm", authenticator.path);
        let confirmed = person.post(&confirm, &code).await.expect_status(200);
        let codes = confirmed.json["recovery_codes"].as_array().cloned().unwrap_or_default();
        authenticator.recovery_codes = codes.iter().map(|code: &Value| code.as_str().unwrap().to_owned()).collect();
        self.next_step();
        authenticator
    }

    /// Moves the clock of the service to the next time step, in which authenticator apps show another code.
    pub fn next_step(&self) {
        self.clock.advance(TimeDelta::seconds(STEP));
    }
}

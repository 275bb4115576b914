//! Proof of the current password, for what a session alone may not do.

use crate::{problem::Problem, service::Service};
use std::{net::IpAddr, time::Duration};
use usher_auth::{PasswordCheck, Requester};
use usher_persistence::Error;
use uuid::Uuid;

/// Most characters of a password that is verified.
pub const CURRENT_PASSWORD: usize = 1024;

/// How often the hash of a password may be replaced while the password is verified.
pub const RENEWALS: usize = 3;

/// The answer where it was replaced more often.
pub fn renewed_again_and_again() -> Problem {
    let why = "the hash of the password was replaced again and again".to_owned();
    Problem::Unavailable { retry_after: Duration::from_secs(1), why }
}

/// What a user sends as their current password.
pub struct Proof<'a> {
    pub service: &'a Service,
    pub user: Uuid,
    pub password: &'a str,
    pub from: Option<IpAddr>,
}

impl Proof<'_> {
    /// The user's password hash, if this is the user's current password.
    pub async fn verify(&self) -> Result<String, Problem> {
        let Self { service, user, password, from } = *self;
        let guess = service.guess_at_proof(user).await?;
        let counter = guess.as_ref().map(|guess| &guess.counters);
        let hash = service.database.password_hash(user).await?;
        let check = service.hasher.verify(password, hash.as_deref(), Requester::known(from)).await;
        if let Some(counter) = counter {
            match check {
                Ok(PasswordCheck { matches: true, .. }) => service.database.proof_succeeded(user, counter).await?,
                Ok(PasswordCheck { matches: false, .. }) => service.database.proof_failed(user, counter).await?,
                Err(_) => service.take_back(&[*counter]).await,
            }
        }
        let PasswordCheck { matches, .. } = check?;
        hash.filter(|_| matches)
            .ok_or_else(|| Problem::field("current_password", "wrong_password", "is not your current password"))
    }

    /// Does `write` with the hash that was verified. Where a sign-in has renewed that hash meanwhile, the password is verified
    /// against the new one and the write tried again.
    pub async fn write<T>(
        &self,
        mut verified: String,
        write: impl AsyncFn(String) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        for _ in 0..RENEWALS {
            match write(verified).await {
                Err(Error::ProofOutdated) => verified = self.verify().await?,
                done => return Ok(done?),
            }
        }
        Err(renewed_again_and_again())
    }
}

//! Verifying the current password, for changes that a session alone does not permit.

use crate::{Accounts, Error};
use std::net::IpAddr;
use usher_auth::{PasswordCheck, Requester};
use uuid::Uuid;

/// Maximum length of a password that is verified: more than bcrypt sees, for imported hashes of other kinds.
pub const MAX_PASSWORD_LENGTH: usize = 1024;

/// How often a password is verified if its hash is replaced each time.
pub(crate) const MAX_VERIFICATIONS: usize = 3;

/// What a user sends as their current password.
#[derive(Clone, Copy)]
pub(crate) struct CurrentPassword<'a> {
    pub user: Uuid,
    pub password: &'a str,
    /// The client's address.
    pub address: Option<IpAddr>,
}

/// Says that a user has sent their current password.
pub(crate) struct VerifiedPassword {
    /// The hash that it was verified against. A write must check that it is still the user's.
    hash: String,
}

impl VerifiedPassword {
    pub fn into_hash(self) -> String {
        self.hash
    }
}

impl Accounts {
    /// Checks that this is the user's current password. A wrong one counts as a failed attempt.
    ///
    /// # Errors
    /// [`Error::WrongPassword`].
    pub(crate) async fn verify_current_password(
        &self,
        current: CurrentPassword<'_>,
    ) -> Result<VerifiedPassword, Error> {
        let CurrentPassword { user, password, address } = current;
        let attempt = self.record_password_check(user).await?;
        let counter = attempt.as_ref().map(|attempt| &attempt.counters);
        let hash = self.database.password_hash(user).await?;
        let check = self.hasher().verify(password, hash.as_deref(), Requester::known(address)).await;
        if let Some(counter) = counter {
            match check {
                Ok(PasswordCheck { matches: true, .. }) => {
                    self.database.password_check_succeeded(user, counter).await?;
                }
                Ok(PasswordCheck { matches: false, .. }) => self.database.password_check_failed(user, counter).await?,
                Err(_) => self.refund(&[counter.counter]).await,
            }
        }
        let PasswordCheck { matches, .. } = check?;
        let hash = hash.filter(|_| matches).ok_or(Error::WrongPassword)?;
        Ok(VerifiedPassword { hash })
    }

    /// Runs a write that needs the current password, with the hash that it was verified against. If a sign-in replaces the hash
    /// at the same time, the password is verified against the new hash and the write runs again.
    pub(crate) async fn write_verified<T>(
        &self,
        current: CurrentPassword<'_>,
        mut verified: VerifiedPassword,
        write: impl AsyncFn(String) -> Result<T, usher_persistence::Error>,
    ) -> Result<T, Error> {
        for _ in 0..MAX_VERIFICATIONS {
            match write(verified.into_hash()).await {
                Err(usher_persistence::Error::VerifiedHashOutdated) => {
                    verified = self.verify_current_password(current).await?;
                }
                done => return Ok(done?),
            }
        }
        Err(Error::PasswordHashReplaced)
    }
}

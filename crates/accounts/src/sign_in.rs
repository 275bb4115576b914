//! Signing in with a password (RFC 6749 §4.3).

use crate::{Accounts, Error, IssuedSession, SignedIn, password_verification::MAX_VERIFICATIONS};
use std::net::IpAddr;
use usher_auth::{PasswordCheck, Requester, opaque};
use usher_domain::{
    EmailAddress, NewPassword, checked,
    fold::{fold, trim},
};
use usher_persistence::{Credentials, FirstStep, Identifier, RequestMetadata, SignIn, SignInCounters};
use uuid::Uuid;

/// Maximum length of a name to sign in with.
pub const MAX_NAME_LENGTH: usize = 320;

/// The account that a client names to sign in. It may not exist.
pub struct NamedAccount {
    /// The name in the form in which it is looked up, or as it was sent if it cannot be looked up.
    name: String,
    credentials: Option<Credentials>,
}

impl NamedAccount {
    /// The id of the user who has that name.
    pub fn user(&self) -> Option<Uuid> {
        self.credentials.as_ref().map(|credentials| credentials.id)
    }
}

impl Accounts {
    /// The account of this username or e-mail address, also if no user has it.
    pub async fn account_named(&self, name: &str) -> Result<NamedAccount, Error> {
        let Some(identifier) = identifier(name) else {
            return Ok(NamedAccount { name: name.to_owned(), credentials: None });
        };
        let credentials = self.database.credentials(&identifier).await?;
        Ok(NamedAccount { name: identifier.key().to_owned(), credentials })
    }

    /// Begins a session if the password is that of the account, or, for users who have a second factor, a sign-in that waits
    /// for its second step.
    ///
    /// # Errors
    /// [`Error::InvalidCredentials`], after the same time whether the account exists or not.
    pub async fn sign_in(
        &self,
        account: NamedAccount,
        password: &str,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<SignedIn, Error> {
        let user = account.user();
        let attempt = self.record_sign_in_attempt(user, &account.name, address, metadata).await?;
        let counters = attempt.as_ref().map(|attempt| &attempt.counters);
        match self.begin_session(account.credentials, password, counters, address, metadata).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => {
                self.database.sign_in_refused(user, counters, metadata).await?;
                Err(Error::InvalidCredentials)
            }
            Err(error) => {
                if let Some(counters) = counters {
                    self.refund(&counters.blocking_counters()).await;
                }
                Err(error)
            }
        }
    }

    /// The session or the sign-in that waits, if the password is right and its user may sign in. If another sign-in replaces
    /// the hash at the same time, the password is verified against the new hash.
    async fn begin_session(
        &self,
        mut credentials: Option<Credentials>,
        password: &str,
        counters: Option<&SignInCounters>,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<Option<SignedIn>, Error> {
        let rules = self.sign_in_rules();
        let requester = Requester { address, known: counters.is_some_and(|counters| counters.is_known_address) };
        for _ in 0..MAX_VERIFICATIONS {
            // A hash is computed whether the user exists or not.
            let hash = credentials.as_ref().and_then(|credentials| credentials.password_hash.as_deref());
            let check = self.hasher().verify(password, hash, requester).await?;
            let PasswordCheck { matches, needs_rehash, is_cut_short } = check;
            if let Some(known) = credentials.as_ref().filter(|_| is_cut_short) {
                log_cut_short(known.id, metadata);
            }
            // Nothing more is done for a user who may not sign in: the time it takes would reveal whether the password is
            // right.
            let admitted = |known: &Credentials| matches && rules.admit(known.status, known.email_verified);
            let Some(known) = credentials.filter(admitted) else { return Ok(None) };
            let rehashed = match checked::<NewPassword>(password) {
                // If the queue is full, the hash is replaced at a later sign-in.
                Ok(password) if needs_rehash => self.hasher().hash(&password, Requester::known(address)).await.ok(),
                _ => None,
            };
            // Whichever is needed.
            let [refresh_token, mfa_token] = [opaque::generate()?, opaque::generate()?];
            let step = FirstStep {
                credentials: &known,
                rehashed: rehashed.as_deref(),
                refresh_token: &opaque::sha256(refresh_token.as_bytes()),
                mfa_token: &opaque::sha256(mfa_token.as_bytes()),
                digest_parts: &self.binding_of_mfa_tokens(),
                counters,
                rules,
            };
            match self.database.sign_in(&step, metadata).await? {
                SignIn::Begun(session) => {
                    return Ok(Some(SignedIn::Session(IssuedSession::new(&session, refresh_token))));
                }
                SignIn::Waiting(methods) => return Ok(Some(SignedIn::SecondStep { mfa_token, methods })),
                SignIn::Refused => return Ok(None),
                SignIn::HashReplaced => credentials = self.database.credentials_again(&known).await?,
            }
        }
        Err(Error::PasswordHashReplaced)
    }
}

/// Tells an admin why a password that was right elsewhere never is here.
fn log_cut_short(user: Uuid, metadata: &RequestMetadata) {
    tracing::info!(
        request_id = metadata.request_id.map(tracing::field::display),
        %user,
        reason = "password_too_long_for_bcrypt",
        "password refused: bcrypt does not read all of it, so the user has to reset it"
    );
}

/// How a name is looked up: only e-mail addresses contain `@`. White space around the name is ignored. `None` for a name that
/// no user can have.
fn identifier(name: &str) -> Option<Identifier> {
    let name = trim(name);
    if name.chars().count() > MAX_NAME_LENGTH {
        return None;
    }
    let key = fold(name);
    // Postgres cannot store it in a text.
    if key.contains('\0') {
        return None;
    }
    Some(if key.contains('@') { Identifier::Email(EmailAddress::typed_key(name)) } else { Identifier::Username(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_an_at_sign_is_an_address_and_any_other_a_username() {
        assert_eq!(identifier(" Ada "), Some(Identifier::Username("ada".to_owned())));
        assert_eq!(identifier("Ada@Example.COM"), Some(Identifier::Email(EmailAddress::typed_key("ada@example.com"))));
    }

    #[test]
    fn a_name_that_no_user_can_have_is_not_looked_up() {
        assert_eq!(identifier("a\0da"), None);
        assert_eq!(identifier(&"a".repeat(MAX_NAME_LENGTH + 1)), None);
        assert!(identifier(&"a".repeat(MAX_NAME_LENGTH)).is_some());
    }
}

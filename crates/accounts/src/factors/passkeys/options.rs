//! The options of ceremonies.

use super::{UNREADABLE, read_stored};
use crate::{Accounts, Error, rate_limit::NetworkAction};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::net::IpAddr;
use usher_auth::{
    opaque,
    passkeys::{NewUser, Passkey, PasskeyError, UserVerification, new_user_handle},
};
use usher_domain::{User, passkey::CEREMONY_LIFETIME};
use usher_persistence::{Enrolment, PasskeysOfUser, WriteRequest};
use uuid::Uuid;

/// A ceremony that has begun.
pub struct BegunCeremony {
    /// The token that finishes it.
    pub ceremony: String,
    /// The options for the client.
    pub public_key: Value,
}

impl Accounts {
    /// Begins to enrol a passkey of `user`, in the session of the request.
    pub async fn begin_enrolment(&self, request: &WriteRequest, user: &User) -> Result<BegunCeremony, Error> {
        let relying_party = self.relying_party()?;
        let ceremony = opaque::generate()?;
        let enrolment = Enrolment {
            user_id: user.id,
            support: self.factor_support(),
            rp_id: relying_party.id(),
            ceremony: &opaque::sha256(ceremony.as_bytes()),
            counters: &[],
        };
        let name = user.username.as_str();
        let options = |of_user: &PasskeysOfUser| {
            let new = NewUser { handle: &of_user.handle, name, display_name: name };
            let passkeys = read_stored(&of_user.passkeys);
            let (options, state) = relying_party.creation_options(new, UserVerification::Preferred, &passkeys)?;
            Ok::<_, PasskeyError>((options, in_json(&state)?))
        };
        let begun = self.database.begin_enrolment(request, enrolment, &new_user_handle()?, options).await?;
        Ok(BegunCeremony { ceremony, public_key: begun.map_err(Error::InvalidCredential)? })
    }

    /// Begins to step up with a passkey, in the session of the request.
    pub async fn begin_step_up(&self, request: &WriteRequest) -> Result<BegunCeremony, Error> {
        let relying_party = self.relying_party()?;
        let ceremony = opaque::generate()?;
        let options = |passkeys: Vec<Value>| {
            let passkeys = read_stored(&passkeys);
            let (options, state) = relying_party.request_options(Some(&passkeys), UserVerification::Preferred)?;
            Ok::<_, PasskeyError>((options, in_json(&state)?))
        };
        let digest = opaque::sha256(ceremony.as_bytes());
        let (service, rp_id) = (self.service_resource(), relying_party.id());
        let begun = self.database.begin_step_up(request, &service, rp_id, &digest, options).await?;
        Ok(BegunCeremony { ceremony, public_key: begun.map_err(Error::InvalidCredential)? })
    }

    /// Begins to sign in with a passkey, whose user is not known yet.
    ///
    /// # Errors
    /// [`usher_persistence::Error::TooManyAttempts`].
    pub async fn begin_passkey_sign_in(&self, address: Option<IpAddr>) -> Result<BegunCeremony, Error> {
        self.count_passkey_options(address).await?;
        self.begin_sealed(None, UserVerification::Required, &sign_in_context())
    }

    /// Begins the second step of a sign-in, with a passkey.
    ///
    /// # Errors
    /// [`Error::MfaTokenSpent`] if no sign-in waits with this token, [`Error::NoPasskeys`] if its user has no passkey for this
    /// service, and [`usher_persistence::Error::TooManyAttempts`].
    pub async fn begin_second_step(&self, mfa_token: &str, address: Option<IpAddr>) -> Result<BegunCeremony, Error> {
        self.count_passkey_options(address).await?;
        let rp_id = self.relying_party()?.id();
        let user = self.waiting_sign_in(mfa_token).await?.user;
        let passkeys = read_stored(&self.database.passkeys_of(user, rp_id).await?);
        if passkeys.is_empty() {
            // Without any, a client would offer all passkeys that it has.
            return Err(Error::NoPasskeys);
        }
        self.begin_sealed(Some(&passkeys), UserVerification::Preferred, &second_step_context(user))
    }

    async fn count_passkey_options(&self, address: Option<IpAddr>) -> Result<(), Error> {
        self.record_attempt(&self.counters_by_network(NetworkAction::PasskeyOptions, address)).await
    }

    fn begin_sealed(
        &self,
        passkeys: Option<&[Passkey]>,
        user_verification: UserVerification,
        context: &[u8],
    ) -> Result<BegunCeremony, Error> {
        let (public_key, state) = self.relying_party()?.request_options(passkeys, user_verification)?;
        let expires_at = (self.keyring().now() + CEREMONY_LIFETIME).timestamp();
        Ok(BegunCeremony { ceremony: state.seal(self.keyring().secret(), context, expires_at)?, public_key })
    }
}

/// What ceremonies to sign in without a password are sealed for.
pub(super) fn sign_in_context() -> Vec<u8> {
    b"sign-in".to_vec()
}

/// What the ceremonies of a user's second steps are sealed for.
pub(super) fn second_step_context(user: Uuid) -> Vec<u8> {
    [b"second step ", &user.as_bytes()[..]].concat()
}

/// The time that a ceremony has expired.
pub(super) fn expiry(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn in_json(state: &impl serde::Serialize) -> Result<Value, PasskeyError> {
    serde_json::to_value(state).map_err(|_| UNREADABLE)
}

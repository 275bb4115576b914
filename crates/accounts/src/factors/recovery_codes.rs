//! Recovery codes.

use crate::{Accounts, Error, rate_limit::UserAction};
use usher_auth::{CryptoError, SecretKey, recovery_code::RecoveryCode};
use usher_domain::Factor;
use usher_persistence::{Digest, WriteRequest};
use uuid::Uuid;

/// New recovery codes of a user.
pub(super) struct RecoveryCodes {
    /// The codes as they are shown, once.
    pub(super) texts: Vec<String>,
    /// What is stored of them.
    pub(super) digests: Vec<Digest>,
}

impl RecoveryCodes {
    pub(super) fn generate(secret: &SecretKey, user: Uuid) -> Result<Self, CryptoError> {
        let codes = RecoveryCode::generate_all()?;
        let digests = codes.iter().map(|code| code.digest(secret, user)).collect();
        Ok(Self { texts: codes.iter().map(RecoveryCode::to_string).collect(), digests })
    }
}

impl Accounts {
    /// Replaces the recovery codes of a user. Returns the codes too: only their digests are stored.
    pub async fn create_recovery_codes(
        &self,
        request: &WriteRequest,
        user: Uuid,
    ) -> Result<(Factor, Vec<String>), Error> {
        let codes = RecoveryCodes::generate(self.keyring().secret(), user)?;
        let counters = self.counters_by_user(UserAction::AccountChange, user);
        let factor = self.database.create_recovery_codes(request, user, &codes.digests, &counters).await?;
        Ok((factor, codes.texts))
    }
}

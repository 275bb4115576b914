//! What users send to prove a second factor.

use crate::{
    Accounts, Error, PresentedPasskey,
    factors::{
        open_totp,
        passkeys::{PreparedPasskey, ProofUse},
    },
};
use chrono::{DateTime, Utc};
use usher_auth::{recovery_code::RecoveryCode, totp::Code};
use usher_domain::MfaMethod;
use usher_persistence::{Digest, Proof as StoredProof, StoredTotp, TotpVerdict};
use uuid::Uuid;

/// What a user has sent to prove a second factor. It has the right form, and may be wrong.
#[derive(Debug, Clone)]
pub enum Proof {
    /// A one-time code of an authenticator app.
    Otp(Code),
    RecoveryCode(RecoveryCode),
    Passkey(Box<PresentedPasskey>),
}

impl Proof {
    /// A one-time code; `None` if no app shows such a text.
    pub fn otp(text: &str) -> Option<Self> {
        Code::parse(text).map(Self::Otp)
    }

    /// A recovery code; `None` if nobody has such a text as one.
    pub fn recovery_code(text: &str) -> Option<Self> {
        RecoveryCode::parse(text).map(Self::RecoveryCode)
    }

    pub(crate) const fn method(&self) -> MfaMethod {
        match self {
            Self::Otp(_) => MfaMethod::Totp,
            Self::RecoveryCode(_) => MfaMethod::RecoveryCode,
            Self::Passkey(_) => MfaMethod::Passkey,
        }
    }
}

/// Compares a code with those of an app.
type VerifyTotp = dyn Fn(&StoredTotp, DateTime<Utc>) -> TotpVerdict + Send + Sync;

/// A proof of one user, as the database compares it with what is stored. The secrets stay here.
pub(crate) struct PreparedProof(Prepared);

enum Prepared {
    Totp(Box<VerifyTotp>),
    RecoveryCode(Digest),
    Passkey(PreparedPasskey),
}

impl PreparedProof {
    pub(crate) fn stored(&self) -> StoredProof<'_> {
        match &self.0 {
            Prepared::Totp(verify) => StoredProof::Totp(verify),
            Prepared::RecoveryCode(digest) => StoredProof::RecoveryCode(digest),
            Prepared::Passkey(passkey) => StoredProof::Passkey(passkey.stored()),
        }
    }
}

impl Accounts {
    /// The proof, as one of this user for this use.
    ///
    /// # Errors
    /// [`Error::CeremonySpent`] if it answers a ceremony that is not for this use or has expired.
    pub(crate) fn prepare_proof(&self, user: Uuid, proof: &Proof, proof_use: ProofUse) -> Result<PreparedProof, Error> {
        let secret = self.keyring().secret();
        Ok(PreparedProof(match proof {
            Proof::Otp(code) => {
                let (secret, code) = (secret.clone(), code.clone());
                Prepared::Totp(Box::new(move |stored, now| {
                    let Some(totp) = open_totp(&secret, stored.id, &stored.secret) else {
                        tracing::error!(factor = %stored.id, "the secret of an authenticator app cannot be decrypted");
                        return TotpVerdict::Unreadable;
                    };
                    let step = totp.verify(&code, now.timestamp(), stored.last_step);
                    step.map_or(TotpVerdict::Wrong, |step| TotpVerdict::Right { step })
                }))
            }
            Proof::RecoveryCode(code) => Prepared::RecoveryCode(code.digest(secret, user)),
            Proof::Passkey(presented) => Prepared::Passkey(self.prepare_passkey(presented, proof_use)?),
        }))
    }
}

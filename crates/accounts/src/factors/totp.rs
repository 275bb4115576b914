//! Authenticator apps.

use super::{
    AddedFactor,
    recovery_codes::RecoveryCodes,
    secrets::{open_totp, seal_totp},
};
use crate::{Accounts, Error, rate_limit::UserAction};
use usher_auth::{
    qr_code,
    totp::{Code, Totp},
};
use usher_domain::{
    Factor, FactorName, User,
    policy::{ConflictReason, Decision},
};
use usher_persistence::{Error as DatabaseError, NewTotp, WriteRequest};

/// The service, as an authenticator app shows it.
const ISSUER: &str = "usher";

/// An authenticator app that was enrolled, and its secret, which is not shown again.
pub struct EnrolledTotp {
    pub factor: Factor,
    /// In base32.
    pub secret: String,
    pub otpauth_uri: String,
    /// The URI as a QR code.
    pub qr_svg: String,
}

impl Accounts {
    /// Enrols an authenticator app of `user`, with a new secret.
    pub async fn enrol_totp(
        &self,
        request: &WriteRequest,
        user: &User,
        name: Option<&FactorName>,
    ) -> Result<EnrolledTotp, Error> {
        let totp = Totp::generate()?;
        let otpauth_uri = totp.uri(ISSUER, user.username.as_str());
        let qr_svg = qr_code::svg(&otpauth_uri).map_err(|_| Error::QrCode)?;
        let id = self.keyring().new_id();
        let secret = seal_totp(self.keyring().secret(), id, &totp)?;
        let name = name.cloned().unwrap_or_else(|| FactorName::stored(FactorName::AUTHENTICATOR_APP.to_owned()));
        let new = NewTotp { id, name, secret };
        let counters = self.counters_by_user(UserAction::AccountChange, user.id);
        let factor = self.database.enrol_totp(request, user.id, self.factor_support(), &new, &counters).await?;
        Ok(EnrolledTotp { factor, secret: totp.secret(), otpauth_uri, qr_svg })
    }

    /// Confirms an authenticator app, whose user has sent one of its codes. A wrong one counts as a failed attempt.
    ///
    /// # Errors
    /// [`Error::WrongCode`].
    pub async fn confirm_totp(
        &self,
        request: &WriteRequest,
        factor: &Factor,
        code: &str,
    ) -> Result<AddedFactor, Error> {
        if factor.confirmed {
            // Its codes are not for this.
            let refusal = Decision::Conflict(ConflictReason::AlreadyConfirmed);
            return Err(Error::Database(DatabaseError::Refused(refusal)));
        }
        let step = self.verify_first_code(factor, code).await?;
        let codes = RecoveryCodes::generate(self.keyring().secret(), factor.user_id)?;
        let confirmed = self.database.confirm_totp(request, factor.user_id, factor.id, step, &codes.digests).await?;
        Ok(AddedFactor::with(codes, confirmed))
    }

    /// Checks a code of an authenticator app that is not confirmed, and returns its time step.
    async fn verify_first_code(&self, factor: &Factor, code: &str) -> Result<i64, Error> {
        // What nobody's app shows is no guess.
        let code = Code::parse(code).ok_or(Error::WrongCode)?;
        let attempt = self.record_factor_confirmation(factor.user_id).await?;
        let Some(sealed) = self.database.totp_secret(factor.id).await? else {
            // It has been removed at the same time.
            if let Some(attempt) = &attempt {
                self.refund(&[attempt.counters]).await;
            }
            return Err(Error::Database(DatabaseError::Refused(Decision::NotFound)));
        };
        let totp = open_totp(self.keyring().secret(), factor.id, &sealed);
        let step = totp.as_ref().and_then(|totp| totp.verify(&code, self.keyring().now().timestamp(), None));
        if totp.is_none() {
            tracing::error!(factor = %factor.id, "the secret of an authenticator app cannot be decrypted");
        }
        // Without the secret, nothing is known about the code.
        if let (true, Some(attempt)) = (totp.is_none() || step.is_some(), &attempt) {
            self.refund(&[attempt.counters]).await;
        }
        step.ok_or(Error::WrongCode)
    }
}

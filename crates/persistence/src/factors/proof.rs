//! Proofs of factors. Nothing else accepts or refuses what a user has sent as a second factor.

use super::{
    heard::{Accepted, Heard},
    passkeys::{self, PasskeyProof},
};
use crate::{
    Database, Error,
    digest::Digest,
    schema::{factors, recovery_codes},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{FactorType, Method, MfaMethod};
use uuid::Uuid;

/// An authenticator app, as its codes are verified.
#[derive(Debug, Clone, Queryable)]
pub struct StoredTotp {
    /// The id of the factor.
    pub id: Uuid,
    /// The encrypted secret.
    pub secret: Vec<u8>,
    /// The last time step whose code was accepted.
    pub last_step: Option<i64>,
}

/// Compares a code with those that an app shows about this time.
pub type VerifyTotp<'a> = dyn Fn(&StoredTotp, DateTime<Utc>) -> TotpVerdict + Send + Sync + 'a;

/// What a comparison finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotpVerdict {
    /// It is the code of this time step, which is later than the last accepted one.
    Right {
        step: i64,
    },
    Wrong,
    /// The secret cannot be decrypted, so that nothing is known about the code.
    Unreadable,
}

/// What a user has sent to prove a factor.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// A one-time code, which the function verifies.
    Totp(&'a VerifyTotp<'a>),
    /// The digest of a recovery code.
    RecoveryCode(&'a Digest),
    /// The answer of a passkey.
    Passkey(PasskeyProof<'a>),
}

impl Proof<'_> {
    pub fn method(&self) -> MfaMethod {
        match self {
            Self::Totp(_) => MfaMethod::Totp,
            Self::RecoveryCode(_) => MfaMethod::RecoveryCode,
            Self::Passkey(_) => MfaMethod::Passkey,
        }
    }
}

impl Database {
    /// Accepts a proof of a factor of the user, or refuses it. The row of the user is locked, so each code and each ceremony is
    /// accepted once.
    pub(crate) async fn hear_proof(
        &self,
        connection: &mut AsyncPgConnection,
        user: Uuid,
        proof: &Proof<'_>,
        metadata: &RequestMetadata,
    ) -> Result<Heard, Error> {
        let now = self.clock.now();
        match proof {
            Proof::Totp(verify) => accept_totp(connection, user, *verify, now).await,
            Proof::RecoveryCode(digest) => accept_recovery_code(connection, user, digest, now).await,
            Proof::Passkey(proof) => passkeys::accept(self, connection, user, proof, metadata).await,
        }
    }
}

async fn accept_totp(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    verify: &VerifyTotp<'_>,
    now: DateTime<Utc>,
) -> Result<Heard, Error> {
    let apps: Vec<StoredTotp> = factors::table
        .filter(factors::user_id.eq(user))
        .filter(factors::kind.eq(FactorType::Totp.as_str()))
        .filter(factors::confirmed_at.is_not_null())
        .order(factors::id)
        .select((factors::id, factors::secret.assume_not_null(), factors::last_step))
        .load(connection)
        .await?;
    // All are asked, so that the time does not depend on which app it was.
    let verdicts: Vec<_> = apps.iter().map(|app| (app.id, verify(app, now))).collect();
    for (id, verdict) in &verdicts {
        let TotpVerdict::Right { step } = verdict else { continue };
        let accepted = diesel::update(factors::table.find(*id))
            .filter(factors::last_step.is_null().or(factors::last_step.lt(*step)))
            .set((factors::last_step.eq(*step), factors::last_used_at.eq(now)))
            .execute(connection)
            .await?;
        if accepted == 1 {
            return Ok(Heard::Accepted(Accepted { method: Method::Otp, remaining: None }));
        }
    }
    // Beside an app whose secret is readable, it is a guess at that one.
    let none_is_readable = verdicts.iter().all(|(_, verdict)| *verdict == TotpVerdict::Unreadable);
    Ok(if none_is_readable && !verdicts.is_empty() { Heard::NotCompared } else { Heard::Refused })
}

async fn accept_recovery_code(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    digest: &Digest,
    now: DateTime<Utc>,
) -> Result<Heard, Error> {
    let code = recovery_codes::table.find((user, &digest[..]));
    if diesel::delete(code).execute(connection).await? == 0 {
        return Ok(Heard::Refused);
    }
    let of_user =
        factors::table.filter(factors::user_id.eq(user)).filter(factors::kind.eq(FactorType::RecoveryCodes.as_str()));
    diesel::update(of_user)
        .set((factors::last_used_at.eq(now), factors::version.eq(factors::version + 1)))
        .execute(connection)
        .await?;
    let left = recovery_codes::table.filter(recovery_codes::user_id.eq(user));
    let remaining = left.count().get_result(connection).await?;
    Ok(Heard::Accepted(Accepted { method: Method::RecoveryCode, remaining: Some(remaining) }))
}

/// What the user can prove now, after this many failures in a row. Of passkeys, only those for this domain count.
pub(crate) async fn usable_methods(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    failures: i32,
    rp_id: Option<&str>,
) -> Result<Vec<MfaMethod>, Error> {
    let of_user = || factors::table.filter(factors::user_id.eq(user)).filter(factors::confirmed_at.is_not_null());
    let has_totp = exists(of_user().filter(factors::kind.eq(FactorType::Totp.as_str())));
    let has_passkey = exists(of_user().filter(factors::rp_id.eq(rp_id)));
    let has_codes = exists(recovery_codes::table.filter(recovery_codes::user_id.eq(user)));
    let (totp, passkey, codes) =
        diesel::select((has_totp, has_passkey, has_codes)).get_result::<(bool, bool, bool)>(connection).await?;
    let methods = [(MfaMethod::Totp, totp), (MfaMethod::Passkey, passkey), (MfaMethod::RecoveryCode, codes)];
    let usable = methods.into_iter().filter(|(method, enrolled)| *enrolled && method.is_heard_after(failures));
    Ok(usable.map(|(method, _)| method).collect())
}

//! Sign-ins that have proved the password and wait for their second step. Each is known by the digest of its token.

use crate::{Database, Error, database::found, digest::Digest, schema::mfa_tokens};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Status,
    second_step::{MAX_PROOFS, MFA_TOKEN_LIFETIME},
};
use uuid::Uuid;

/// Computes a digest of these parts.
pub type DigestParts<'a> = dyn Fn(&[&[u8]]) -> Digest + Send + Sync + 'a;

/// What a waiting sign-in depends on. If any of it changes, the token is spent.
pub(crate) struct Binding<'a> {
    pub(crate) password_hash: &'a str,
    pub(crate) status: Status,
    pub(crate) factors_version: i64,
}

impl Binding<'_> {
    pub(crate) fn digest(&self, digest: &DigestParts<'_>) -> Digest {
        let version = self.factors_version.to_be_bytes();
        digest(&[self.password_hash.as_bytes(), self.status.as_str().as_bytes(), &version])
    }
}

impl Database {
    /// The user whose sign-in this token continues; `None` if it has expired or is spent. [`lock_valid`] decides later, on the
    /// locked rows.
    pub async fn user_of_mfa_token(&self, digest: &Digest) -> Result<Option<Uuid>, Error> {
        self.read(async |connection| {
            let token = mfa_tokens::table
                .find(&digest[..])
                .filter(mfa_tokens::expires_at.gt(self.clock.now()))
                .filter(mfa_tokens::proofs.lt(MAX_PROOFS));
            found(token.select(mfa_tokens::user_id).get_result(connection).await)
        })
        .await
    }
}

/// Stores a token. Those of the user that have expired are deleted, so that there are never many.
pub(crate) async fn store(
    connection: &mut AsyncPgConnection,
    digest: &Digest,
    user: Uuid,
    binding: &Digest,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let of_user = mfa_tokens::table.filter(mfa_tokens::user_id.eq(user));
    diesel::delete(of_user.filter(mfa_tokens::expires_at.le(now))).execute(connection).await?;
    diesel::insert_into(mfa_tokens::table)
        .values((
            mfa_tokens::digest.eq(&digest[..]),
            mfa_tokens::user_id.eq(user),
            mfa_tokens::expires_at.eq(now + MFA_TOKEN_LIFETIME),
            mfa_tokens::proofs.eq(0),
            mfa_tokens::binding.eq(&binding[..]),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the token continues a sign-in of the user, whose row is locked and to whom `binding` applies now. Its row is locked
/// too, so that nothing waits for it after a refused proof was counted.
pub(crate) async fn lock_valid(
    connection: &mut AsyncPgConnection,
    digest: &Digest,
    user: Uuid,
    binding: &Digest,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let token = mfa_tokens::table
        .find(&digest[..])
        .filter(mfa_tokens::user_id.eq(user))
        .filter(mfa_tokens::expires_at.gt(now))
        .filter(mfa_tokens::proofs.lt(MAX_PROOFS))
        .filter(mfa_tokens::binding.eq(&binding[..]))
        .select(mfa_tokens::user_id)
        .for_update();
    Ok(found(token.get_result::<Uuid>(connection).await)?.is_some())
}

/// Counts a proof that was heard with the token and refused.
pub(crate) async fn count_proof(connection: &mut AsyncPgConnection, digest: &Digest) -> Result<(), Error> {
    diesel::update(mfa_tokens::table.find(&digest[..]))
        .set(mfa_tokens::proofs.eq(mfa_tokens::proofs + 1))
        .execute(connection)
        .await?;
    Ok(())
}

/// The sign-in is complete.
pub(crate) async fn spend(connection: &mut AsyncPgConnection, digest: &Digest) -> Result<(), Error> {
    diesel::delete(mfa_tokens::table.find(&digest[..])).execute(connection).await?;
    Ok(())
}

/// Ends all sign-ins of the user that wait.
pub(crate) async fn end_all(connection: &mut AsyncPgConnection, user: Uuid) -> Result<(), Error> {
    diesel::delete(mfa_tokens::table.filter(mfa_tokens::user_id.eq(user))).execute(connection).await?;
    Ok(())
}

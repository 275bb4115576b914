//! Second factors: authenticator apps, passkeys and recovery codes.
//!
//! An authenticator app that is not confirmed is no factor yet, and does not exist any more when it could have been confirmed
//! for long enough. `users.has_factors` says whether there is a confirmed factor, and `users.has_passkeys` whether one is a
//! passkey, so that requests of users without passkeys and the links of a page of users cost no query. Recovery codes are a
//! factor of their own, which exists only beside another one.
//!
//! A writer locks the row of the user first, then those of factors and what signs in with them, then sessions.

mod added;
mod cleanup;
mod confirm;
mod enrol;
mod export;
pub(crate) mod heard;
mod list;
mod passkeys;
pub(crate) mod proof;
mod recovery_codes;
mod remove;
mod rename;
mod reset;
mod row;
mod secrets;
mod target;
mod usable;

pub use added::ConfirmedFactor;
pub(crate) use cleanup::cleanup;
pub use enrol::NewTotp;
pub use export::ExportedFactor;
pub use passkeys::{
    Ceremony, Enrolment, NewPasskey, PasskeyEnrolled, PasskeyProof, PasskeyVerdict, PasskeysOfUser, VerifiedPasskey,
    VerifyPasskey,
};
pub use proof::{Proof, StoredTotp, TotpVerdict, VerifyTotp};
pub use secrets::SealedSecret;
pub(crate) use usable::usable_factors;

use crate::{
    Error,
    schema::{factors, users},
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use row::{FactorRow, OwnedFactorRow, columns, is_live};
use usher_domain::FactorType;
use uuid::Uuid;

/// Deletes the authenticator app of a user that is not confirmed, if there is one.
async fn discard_unconfirmed(connection: &mut AsyncPgConnection, user_id: Uuid) -> Result<(), Error> {
    let unconfirmed = factors::table.filter(factors::user_id.eq(user_id).and(factors::confirmed_at.is_null()));
    diesel::delete(unconfirmed).execute(connection).await?;
    Ok(())
}

/// Records in the row of the user, which is locked, that the factors have changed. A sign-in that has begun is void then. Wrong
/// factors are forgotten with the last one.
async fn factors_changed(connection: &mut AsyncPgConnection, user_id: Uuid, has_factors: bool) -> Result<(), Error> {
    let user = users::table.find(user_id);
    let passkeys =
        factors::table.filter(factors::user_id.eq(user_id)).filter(factors::kind.eq(FactorType::Passkey.as_str()));
    let has_passkeys = has_factors && diesel::select(exists(passkeys)).get_result(connection).await?;
    let changed = (
        users::has_factors.eq(has_factors),
        users::has_passkeys.eq(has_passkeys),
        users::factors_version.eq(users::factors_version + 1),
    );
    if has_factors {
        diesel::update(user).set(changed).execute(connection).await?;
    } else {
        diesel::update(user).set((changed, users::second_factor_failures.eq(0))).execute(connection).await?;
    }
    Ok(())
}

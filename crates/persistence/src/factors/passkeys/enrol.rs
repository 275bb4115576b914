//! Enrolling a passkey, in two requests: its options, then the passkey itself.

use super::{
    super::{
        added::{AddedFactor, ConfirmedFactor},
        list::is_full,
    },
    ceremonies::{Purpose, StoredCeremony},
    find::passkeys,
};
use crate::{
    Counter, Database, Error, WriteRequest,
    database::found,
    digest::Digest,
    rate_limits,
    schema::{factors, passkey_handles},
    write::{Locked, authorize},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::{
    FactorName, FactorSupport, FactorType, Method, User,
    policy::{Decision, Principal, Resource},
};
use uuid::Uuid;

/// The ceremony in which a user enrols a passkey.
#[derive(Clone, Copy)]
pub struct Enrolment<'a> {
    pub user_id: Uuid,
    pub support: FactorSupport,
    /// The domain that the passkey is for.
    pub rp_id: &'a str,
    /// The digest of the ceremony's token.
    pub ceremony: &'a Digest,
    /// What the new passkey is counted by.
    pub counters: &'a [Counter],
}

/// What the options for a new passkey depend on.
pub struct PasskeysOfUser {
    /// How passkeys name the user.
    pub handle: Vec<u8>,
    /// Those for this domain that the user has.
    pub passkeys: Vec<Value>,
}

/// A passkey to be stored.
pub struct NewPasskey {
    pub credential_id: Vec<u8>,
    pub credential: Value,
    /// How its user has proved it.
    pub method: Method,
}

/// The result of an enrolment.
#[derive(Debug, Clone)]
pub enum PasskeyEnrolled<E> {
    Enrolled(Box<ConfirmedFactor>),
    /// The ceremony has expired, is spent, or is of another user or session.
    CeremonySpent,
    /// The credential was refused.
    Refused(E),
    /// A user, this one or another, has a passkey with this id.
    Taken,
}

#[derive(Insertable)]
#[diesel(table_name = factors)]
struct Row<'a> {
    id: Uuid,
    user_id: Uuid,
    kind: &'static str,
    name: &'a str,
    created_at: DateTime<Utc>,
    confirmed_at: DateTime<Utc>,
    credential_id: &'a [u8],
    credential: &'a Value,
    rp_id: &'a str,
}

impl Database {
    /// Begins the ceremony, if the policy allows it. `options` returns the options for the new passkey and the state of the
    /// ceremony. A user who has no passkey yet is named by `handle`.
    pub async fn begin_enrolment<T, E>(
        &self,
        request: &WriteRequest,
        enrolment: Enrolment<'_>,
        handle: &[u8],
        options: impl Fn(&PasskeysOfUser) -> Result<(T, Value), E>,
    ) -> Result<Result<T, E>, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, enrolment.user_id).await?;
            authorize_enrolment(connection, request, &locked, &enrolment).await?;
            let of_user = PasskeysOfUser {
                handle: handle_of(connection, enrolment.user_id, handle).await?,
                passkeys: passkeys(connection, enrolment.user_id, enrolment.rp_id).await?,
            };
            let (options, state) = match options(&of_user) {
                Ok(begun) => begun,
                Err(error) => return Ok(Err(error)),
            };
            stored(&enrolment, &locked.principal)?.begin(connection, &state, self.clock.now()).await?;
            Ok(Ok(options))
        })
        .await
    }

    /// Stores the passkey that `verify` finds in the answer to the ceremony, if the policy allows it. With the first factor of
    /// a user, `recovery_codes` are stored. A refused credential does not spend the ceremony.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn enrol_passkey<E>(
        &self,
        request: &WriteRequest,
        enrolment: Enrolment<'_>,
        name: &FactorName,
        recovery_codes: &[Digest],
        verify: impl Fn(Value) -> Result<NewPasskey, E>,
    ) -> Result<PasskeyEnrolled<E>, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, enrolment.user_id).await?;
            let (id, now) = self.clock.new_id();
            let ceremony = stored(&enrolment, &locked.principal)?;
            let Some(state) = ceremony.state(connection, now).await? else {
                return Ok(PasskeyEnrolled::CeremonySpent);
            };
            let NewPasskey { credential_id, credential, method } = match verify(state) {
                Ok(passkey) => passkey,
                Err(error) => return Ok(PasskeyEnrolled::Refused(error)),
            };
            authorize_enrolment(connection, request, &locked, &enrolment).await?;
            let row = Row {
                id,
                user_id: enrolment.user_id,
                kind: FactorType::Passkey.as_str(),
                name: name.as_str(),
                created_at: now,
                confirmed_at: now,
                credential_id: &credential_id,
                credential: &credential,
                rp_id: enrolment.rp_id,
            };
            let inserted = diesel::insert_into(factors::table)
                .values(row)
                .on_conflict(factors::credential_id)
                .do_nothing()
                .execute(connection)
                .await?;
            if inserted == 0 {
                return Ok(PasskeyEnrolled::Taken);
            }
            ceremony.spend(connection).await?;
            rate_limits::count_all(connection, enrolment.counters, now).await?;
            let added = AddedFactor { id, kind: FactorType::Passkey, method, recovery_codes };
            let added = self.factor_added(connection, request, locked.principal, &locked.target, added).await?;
            Ok(PasskeyEnrolled::Enrolled(Box::new(added)))
        })
        .await
    }
}

/// Asks the policy about the list of the factors. The row of the user is locked, so no other factor is added until the
/// transaction ends.
async fn authorize_enrolment(
    connection: &mut AsyncPgConnection,
    request: &WriteRequest,
    locked: &Locked<User>,
    enrolment: &Enrolment<'_>,
) -> Result<(), Error> {
    let Enrolment { user_id, support, .. } = *enrolment;
    let is_full = is_full(connection, user_id).await?;
    let resource = Resource::Factors { owner: user_id, user: Some(&locked.target), support, is_full };
    authorize(request, &locked.principal, &resource, None)
}

fn stored<'a>(enrolment: &Enrolment<'a>, principal: &Principal) -> Result<StoredCeremony<'a>, Error> {
    let session = match principal {
        Principal::User(caller) => caller.session(),
        Principal::Anonymous => None,
    };
    // The policy allows it in a session only.
    let session = session.ok_or(Error::Refused(Decision::Unauthenticated))?;
    let Enrolment { user_id: user, ceremony: digest, .. } = *enrolment;
    Ok(StoredCeremony { digest, user, session, purpose: Purpose::Enrol })
}

/// How passkeys name the user: by `new` from now on, if they had no name for the user before.
async fn handle_of(connection: &mut AsyncPgConnection, user_id: Uuid, new: &[u8]) -> Result<Vec<u8>, Error> {
    let handle = passkey_handles::table.find(user_id).select(passkey_handles::handle);
    if let Some(handle) = found(handle.get_result(connection).await)? {
        return Ok(handle);
    }
    diesel::insert_into(passkey_handles::table)
        .values((passkey_handles::user_id.eq(user_id), passkey_handles::handle.eq(new)))
        .execute(connection)
        .await?;
    Ok(new.to_vec())
}

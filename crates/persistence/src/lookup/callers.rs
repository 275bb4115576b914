//! The callers of a batch. One statement finds those with a session, a second one those with an API key; each is sent only if
//! the batch has such callers. Another one finds what those with passkeys can use here.

use super::target::ReadContext;
use crate::{
    digest::Digest,
    factors::usable_factors,
    operator_rules::EnrolledFactors,
    roles::{HeldRole, held_role},
    row::{UserRow, columns},
    schema::{api_keys, sessions, signing_key_set, users},
    sessions::{AuthenticationRow, authentication},
};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::{collections::HashMap, sync::Arc};
use usher_domain::{Authentication, Role, ScopeSet, User, policy::AuthenticatedUser};
use uuid::Uuid;

/// What a request authenticates with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// The session that a token names, and the user that it was issued to.
    Session { session: Uuid, user: Uuid },
    /// The digest of an API key.
    ApiKey(Digest),
}

/// The callers with a session, and the revision of the signing keys, which the statement returns at almost no cost.
#[derive(Default)]
pub(super) struct SessionCallers {
    pub(super) by_session: HashMap<Uuid, SessionCaller>,
    pub(super) keys: Option<i64>,
}

/// A caller with a session.
#[derive(Clone, Copy)]
pub(super) struct SessionCaller {
    pub(super) caller: AuthenticatedUser,
    pub(super) authentication: Authentication,
}

/// The callers with an API key, by its digest.
pub(super) type KeyCallers = HashMap<Digest, KeyCaller>;

/// A caller with an API key.
pub(super) struct KeyCaller {
    pub(super) caller: AuthenticatedUser,
    /// The owner of the key: a request may be about its caller, who is not known before.
    pub(super) owner: Arc<User>,
    pub(super) key: PresentedKey,
}

/// The API key of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedKey {
    pub id: Uuid,
    pub expires_at: DateTime<Utc>,
    /// Whether its use in this hour has not been recorded.
    pub is_use_due: bool,
}

/// A session with its user, and the revision of the signing keys.
#[derive(Queryable)]
struct SessionCallerRow {
    session: Uuid,
    user: Uuid,
    role: HeldRole,
    authentication: AuthenticationRow,
    has_factors: bool,
    has_passkeys: bool,
    keys: Option<i64>,
}

pub(super) async fn by_session(
    mut connection: &AsyncPgConnection,
    mut ids: Vec<Uuid>,
    context: ReadContext<'_>,
) -> QueryResult<SessionCallers> {
    if ids.is_empty() {
        return Ok(SessionCallers::default());
    }
    ids.sort_unstable();
    ids.dedup();
    let rows = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq_any(&ids))
        .filter(sessions::expires_at.gt(context.now))
        .filter(users::status.eq("active"))
        .select((
            sessions::id,
            users::id,
            held_role(),
            authentication(),
            users::has_factors,
            users::has_passkeys,
            signing_key_revision(),
        ))
        .load::<SessionCallerRow>(&mut connection)
        .await?;
    let keys = rows.iter().find_map(|row| row.keys);
    // Whoever has factors and no passkey has an authenticator app. Only the others take another statement.
    let with_passkeys = rows.iter().filter(|row| row.has_passkeys).map(|row| row.user).collect();
    let usable = usable_factors(connection, with_passkeys, context.rp_id).await?;
    let caller = |row: SessionCallerRow| {
        let authentication = Authentication::from(row.authentication);
        let shown = EnrolledFactors { any: row.has_factors, totp: row.has_factors, passkeys: row.has_passkeys };
        let enrolled = usable.get(&row.user).copied().unwrap_or(shown);
        let assurance = context.rules.assurance(Some(&authentication), enrolled, context.now);
        let caller = AuthenticatedUser::by_session(row.user, row.session, Role::from(row.role).rights, assurance);
        (row.session, SessionCaller { caller, authentication })
    };
    Ok(SessionCallers { by_session: rows.into_iter().map(caller).collect(), keys })
}

pub(super) async fn by_api_key(
    mut connection: &AsyncPgConnection,
    mut digests: Vec<Digest>,
    context: ReadContext<'_>,
) -> QueryResult<KeyCallers> {
    if digests.is_empty() {
        return Ok(KeyCallers::default());
    }
    digests.sort_unstable();
    digests.dedup();
    let key = (api_keys::digest, api_keys::id, api_keys::scopes, api_keys::expires_at, api_keys::last_used_at);
    let rows = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::digest.eq_any(digests.iter().map(Digest::as_slice)))
        .filter(api_keys::expires_at.gt(context.now))
        .filter(users::status.eq("active"))
        .select((key, columns(context.now, context.rules.verified_email)))
        .load::<(KeyRow, UserRow)>(&mut connection)
        .await?;
    let hour = hour(context.now);
    let callers = rows.into_iter().filter_map(|((digest, id, scopes, expires_at, last_used_at), owner)| {
        let owner = User::from(owner);
        let scopes = ScopeSet::from_names(scopes.iter().map(String::as_str));
        let assurance = context.rules.assurance(None, EnrolledFactors::from(&owner), context.now);
        let caller = AuthenticatedUser::by_api_key(owner.id, id, scopes, owner.role.rights, assurance);
        let key = PresentedKey { id, expires_at, is_use_due: last_used_at.is_none_or(|used_at| used_at < hour) };
        Some((digest.try_into().ok()?, KeyCaller { caller, owner: Arc::new(owner), key }))
    });
    Ok(callers.collect())
}

type KeyRow = (Vec<u8>, Uuid, Vec<String>, DateTime<Utc>, Option<DateTime<Utc>>);

/// The beginning of the hour: the precision to which the use of keys is recorded.
pub(crate) fn hour(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::hours(1)).unwrap_or(time)
}

/// The revision of the signing keys in use. The table always has its one row.
#[diesel::dsl::auto_type]
pub(crate) fn signing_key_revision() -> _ {
    signing_key_set::table.select(signing_key_set::revision).single_value()
}

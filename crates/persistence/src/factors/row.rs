//! A factor's row, without its secrets.

use crate::{
    Database, Error,
    roles::HeldRole,
    schema::{factors, recovery_codes},
};
use chrono::{DateTime, Utc};
use diesel::{
    alias,
    dsl::{case_when, count_star, exists, not},
    prelude::*,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{Factor, FactorName, FactorType, Rights, Role, factor::CONFIRMABLE_FOR};
use uuid::Uuid;

alias!(factors as others: OtherFactors);

/// A row of [`columns`].
#[derive(Queryable)]
pub(super) struct FactorRow {
    id: Uuid,
    user_id: Uuid,
    kind: String,
    name: String,
    confirmed: bool,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    remaining: Option<i64>,
    is_last: bool,
    version: i64,
}

/// The columns that a factor is read by. A passkey is another factor only if it is for this domain, or for that of the factor.
#[diesel::dsl::auto_type]
pub(super) fn columns(rp_id: Option<String>) -> _ {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(factors::user_id)).select(count_star());
    let another = others.filter(
        others
            .field(factors::user_id)
            .eq(factors::user_id)
            .and(others.field(factors::id).ne(factors::id))
            .and(others.field(factors::confirmed_at).is_not_null())
            .and(others.field(factors::kind).ne("recovery_codes"))
            .and(
                others
                    .field(factors::rp_id)
                    .is_null()
                    .or(others.field(factors::rp_id).eq(rp_id))
                    .or(others.field(factors::rp_id).eq(factors::rp_id)),
            ),
    );
    (
        factors::id,
        factors::user_id,
        factors::kind,
        factors::name,
        factors::confirmed_at.is_not_null(),
        factors::created_at,
        factors::last_used_at,
        case_when(factors::kind.eq("recovery_codes"), codes.single_value()),
        factors::confirmed_at.is_not_null().and(factors::kind.ne("recovery_codes")).and(not(exists(another))),
        factors::version,
    )
}

/// Whether a factor exists `now`: an authenticator app that is not confirmed does so only for a while.
pub(super) fn is_live(now: DateTime<Utc>) -> IsLive {
    is_live_since(now - CONFIRMABLE_FOR)
}

type IsLive = is_live_since;

#[diesel::dsl::auto_type]
fn is_live_since(created_after: DateTime<Utc>) -> _ {
    factors::confirmed_at.is_not_null().or(factors::created_at.gt(created_after))
}

impl Database {
    /// A factor of an owner with these rights.
    pub(super) async fn read_factor(
        &self,
        connection: &mut AsyncPgConnection,
        id: Uuid,
        owner: Rights,
    ) -> Result<Factor, Error> {
        let row = factors::table.find(id).select(columns(self.rp_id())).get_result::<FactorRow>(connection).await?;
        Ok(row.of_owner(owner))
    }
}

impl FactorRow {
    /// The factor of an owner with these rights.
    pub(super) fn of_owner(self, owner: Rights) -> Factor {
        Factor {
            id: self.id,
            user_id: self.user_id,
            owner,
            // The table's checks allow no other names. Recovery codes are what a user can do least with.
            kind: FactorType::from_name(&self.kind).unwrap_or(FactorType::RecoveryCodes),
            name: FactorName::stored(self.name),
            confirmed: self.confirmed,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            remaining: self.remaining,
            is_last: self.is_last,
            version: self.version,
        }
    }
}

/// A factor with the role of its owner, by which it is read when the owner is not known otherwise.
#[derive(Queryable)]
pub(super) struct OwnedFactorRow {
    factor: FactorRow,
    owner: HeldRole,
}

impl From<OwnedFactorRow> for Factor {
    fn from(row: OwnedFactorRow) -> Self {
        row.factor.of_owner(Role::from(row.owner).rights)
    }
}

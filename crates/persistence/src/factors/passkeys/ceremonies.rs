//! Ceremonies that have begun, and those that are spent.

use crate::{
    Error,
    digest::Digest,
    schema::{ceremonies, spent_ceremonies},
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::passkey::{CEREMONY_LIFETIME, MAX_CEREMONIES};
use uuid::Uuid;

/// Deletes the ceremonies of a user that have expired, and all but the newest.
const FORMER: &str = "DELETE FROM ceremonies WHERE user_id = $1 AND (expires_at <= $2 OR digest IN \
    (SELECT digest FROM ceremonies WHERE user_id = $1 ORDER BY expires_at DESC OFFSET $3))";

/// What a stored ceremony is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Enrol,
    StepUp,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::StepUp => "step-up",
        }
    }
}

/// A ceremony of a session. The row of the user is locked.
#[derive(Clone, Copy)]
pub(super) struct StoredCeremony<'a> {
    pub(super) digest: &'a Digest,
    pub(super) user: Uuid,
    pub(super) session: Uuid,
    pub(super) purpose: Purpose,
}

impl StoredCeremony<'_> {
    /// Begins it. Those of the user that have expired are deleted, and the oldest if there are too many.
    pub(super) async fn begin(
        &self,
        connection: &mut AsyncPgConnection,
        state: &Value,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        sql_query(FORMER)
            .bind::<SqlUuid, _>(self.user)
            .bind::<Timestamptz, _>(now)
            .bind::<BigInt, _>(MAX_CEREMONIES - 1)
            .execute(connection)
            .await?;
        diesel::insert_into(ceremonies::table)
            .values((
                ceremonies::digest.eq(&self.digest[..]),
                ceremonies::user_id.eq(self.user),
                ceremonies::session_id.eq(self.session),
                ceremonies::purpose.eq(self.purpose.as_str()),
                ceremonies::state.eq(state),
                ceremonies::expires_at.eq(now + CEREMONY_LIFETIME),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// What its answer is verified with; `None` if it has expired, is spent, or is of another user, session or purpose.
    pub(super) async fn state(
        &self,
        connection: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Option<Value>, Error> {
        let state = ceremonies::table
            .find(&self.digest[..])
            .filter(ceremonies::user_id.eq(self.user))
            .filter(ceremonies::session_id.eq(self.session))
            .filter(ceremonies::purpose.eq(self.purpose.as_str()))
            .filter(ceremonies::expires_at.gt(now))
            .select(ceremonies::state);
        Ok(state.get_result(connection).await.optional()?)
    }

    /// Spends it; `false` if it is spent already.
    pub(super) async fn spend(&self, connection: &mut AsyncPgConnection) -> Result<bool, Error> {
        Ok(diesel::delete(ceremonies::table.find(&self.digest[..])).execute(connection).await? == 1)
    }
}

/// Spends a sealed ceremony; `false` if it is spent already. Another transaction that is about to spend it is waited for.
pub(super) async fn spend_sealed(
    connection: &mut AsyncPgConnection,
    digest: &Digest,
    expires_at: DateTime<Utc>,
) -> Result<bool, Error> {
    let spent = diesel::insert_into(spent_ceremonies::table)
        .values((spent_ceremonies::digest.eq(&digest[..]), spent_ceremonies::expires_at.eq(expires_at)))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    Ok(spent == 1)
}

//! Enrolling an authenticator app, which is no factor before it is confirmed.

use super::{discard_unconfirmed, list::is_full};
use crate::{Counter, Database, Error, WriteRequest, rate_limits, schema::factors, write::authorize};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{Factor, FactorName, FactorSupport, FactorType, clock::time_of_id, policy::Resource};
use uuid::Uuid;

/// An authenticator app to be stored.
#[derive(Clone)]
pub struct NewTotp {
    pub id: Uuid,
    pub name: FactorName,
    /// Its secret, encrypted by the caller.
    pub secret: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = factors)]
struct Row<'a> {
    id: Uuid,
    user_id: Uuid,
    kind: &'static str,
    name: &'a str,
    created_at: DateTime<Utc>,
    secret: &'a [u8],
}

impl Database {
    /// Stores an authenticator app of a user, if the policy allows it, and counts it. It replaces one that is not confirmed.
    ///
    /// # Errors
    /// A refusal if the user has as many factors as a user can have. [`Error::TooManyAttempts`].
    pub async fn enrol_totp(
        &self,
        request: &WriteRequest,
        user_id: Uuid,
        support: FactorSupport,
        new: &NewTotp,
        counters: &[Counter],
    ) -> Result<Factor, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            // The row of the user is locked, so no other factor is added until this transaction ends.
            let is_full = is_full(connection, user_id).await?;
            let resource = Resource::Factors { owner: user_id, user: Some(&locked.target), support, is_full };
            authorize(request, &locked.principal, &resource, None)?;
            discard_unconfirmed(connection, user_id).await?;
            let row = Row {
                id: new.id,
                user_id,
                kind: FactorType::Totp.as_str(),
                name: new.name.as_str(),
                created_at: time_of_id(new.id).unwrap_or_else(|| self.clock.now()),
                secret: &new.secret,
            };
            diesel::insert_into(factors::table).values(row).execute(connection).await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            self.read_factor(connection, new.id, locked.target.role.rights).await
        })
        .await
    }
}

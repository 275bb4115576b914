//! Removing a factor. The recovery codes go with the last one.

use super::{discard_unconfirmed, factors_changed, recovery_codes::remove_codes};
use crate::{Counter, Database, Error, WriteRequest, mail::Mail, rate_limits, schema::factors};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    Factor, MailKind,
    audit::{Change, Event},
};
use uuid::Uuid;

impl Database {
    /// Deletes a factor of a user, if the policy allows it, and counts it. The user is notified by mail, unless it is an
    /// authenticator app that is not confirmed.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn remove_factor(
        &self,
        request: &WriteRequest,
        owner_id: Uuid,
        id: Uuid,
        counters: &[Counter],
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize_owned::<Factor>(connection, request, owner_id, id).await?;
            let (factor, owner) = (&locked.target.row, &locked.target.owner);
            diesel::delete(factors::table.find(id)).execute(connection).await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            if !factor.confirmed {
                return Ok(());
            }
            let mut changes = vec![Change::gone("factor", id), Change::ended("type", factor.kind.as_str())];
            if factor.is_last {
                changes.extend(remove_codes(connection, owner_id).await?);
                // The one that was removed may have been stolen, and with it an app was enrolled.
                discard_unconfirmed(connection, owner_id).await?;
            }
            factors_changed(connection, owner_id, !factor.is_last).await?;
            Mail::notice(MailKind::FactorRemoved, &owner.email).queue(connection, self, &request.metadata).await?;
            locked.record(Event::FactorRemoved, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }
}

//! Renaming a factor.

use crate::{Counter, Database, Error, WriteRequest, rate_limits, schema::factors};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    Factor, FactorName,
    audit::{Change, Event},
};
use uuid::Uuid;

impl Database {
    /// Renames a factor of a user, if the policy allows it, and counts it. Its present name is no change.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn rename_factor(
        &self,
        request: &WriteRequest,
        owner_id: Uuid,
        id: Uuid,
        name: &FactorName,
        counters: &[Counter],
    ) -> Result<Factor, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize_owned::<Factor>(connection, request, owner_id, id).await?;
            let factor = &locked.target.row;
            if factor.name == *name {
                return Ok(factor.clone());
            }
            diesel::update(factors::table.find(id))
                .set((factors::name.eq(name.as_str()), factors::version.eq(factors::version + 1)))
                .execute(connection)
                .await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            let changes = [Change::new("factor", &id.to_string()), Change::of("name")];
            locked.record(Event::FactorRenamed, &changes).write(connection, &self.clock, &request.metadata).await?;
            self.read_factor(connection, id, factor.owner).await
        })
        .await
    }
}

//! Confirming an authenticator app, which makes it a factor.

use super::added::{AddedFactor, ConfirmedFactor};
use crate::{Database, Error, WriteRequest, digest::Digest, schema::factors};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{Factor, FactorType, Method};
use uuid::Uuid;

impl Database {
    /// Makes an authenticator app a factor, if the policy allows it; a code of the time step `step` was verified. Codes of this
    /// step and of those before are used up. With the first factor of a user, `recovery_codes` are stored and the user's other
    /// sessions have to prove it. The user is notified by mail.
    pub async fn confirm_totp(
        &self,
        request: &WriteRequest,
        owner_id: Uuid,
        id: Uuid,
        step: i64,
        recovery_codes: &[Digest],
    ) -> Result<ConfirmedFactor, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize_owned::<Factor>(connection, request, owner_id, id).await?;
            let owner = &locked.target.owner;
            let now = self.clock.now();
            diesel::update(factors::table.find(id))
                .set((
                    factors::confirmed_at.eq(now),
                    factors::last_step.eq(step),
                    factors::version.eq(factors::version + 1),
                ))
                .execute(connection)
                .await?;
            let added = AddedFactor { id, kind: FactorType::Totp, method: Method::Otp, recovery_codes };
            self.factor_added(connection, request, locked.principal, owner, added).await
        })
        .await
    }
}

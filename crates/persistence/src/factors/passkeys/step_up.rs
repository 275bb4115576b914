//! Beginning the ceremony of a step-up.

use super::{
    ceremonies::{Purpose, StoredCeremony},
    find::passkeys,
};
use crate::{Database, Error, WriteRequest, digest::Digest};
use serde_json::Value;
use usher_domain::policy::{ConflictReason, Decision, Principal, Resource};

impl Database {
    /// Begins a ceremony of the actor's session, if the policy allows it for the service as it is. `options` gets the passkeys
    /// of the actor for this domain, and returns the options for a proof and the state of the ceremony.
    ///
    /// # Errors
    /// A refusal if all passkeys of the actor are for other domains.
    pub async fn begin_step_up<T, E>(
        &self,
        request: &WriteRequest,
        service: &Resource<'_>,
        rp_id: &str,
        ceremony: &Digest,
        options: impl Fn(Vec<Value>) -> Result<(T, Value), E>,
    ) -> Result<Result<T, E>, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_own_row_and_authorize(connection, request, service).await?;
            let user = locked.target.id;
            let session = match locked.principal {
                Principal::User(caller) => caller.session(),
                Principal::Anonymous => None,
            };
            let session = session.ok_or(Error::Refused(Decision::Unauthenticated))?;
            let passkeys = passkeys(connection, user, rp_id).await?;
            if passkeys.is_empty() {
                return Err(Error::Refused(Decision::Conflict(ConflictReason::NoPasskeys)));
            }
            let (options, state) = match options(passkeys) {
                Ok(begun) => begun,
                Err(error) => return Ok(Err(error)),
            };
            let ceremony = StoredCeremony { digest: ceremony, user, session, purpose: Purpose::StepUp };
            ceremony.begin(connection, &state, self.clock.now()).await?;
            Ok(Ok(options))
        })
        .await
    }
}

//! Changes to a factor that exists.

use crate::{Accounts, Error, rate_limit::UserAction};
use usher_domain::{Factor, FactorName};
use usher_persistence::WriteRequest;

impl Accounts {
    /// Changes what a factor is called.
    pub async fn rename_factor(
        &self,
        request: &WriteRequest,
        factor: &Factor,
        name: &FactorName,
    ) -> Result<Factor, Error> {
        let counters = self.counters_by_user(UserAction::AccountChange, factor.user_id);
        Ok(self.database.rename_factor(request, factor.user_id, factor.id, name, &counters).await?)
    }

    /// Removes a factor.
    pub async fn remove_factor(&self, request: &WriteRequest, factor: &Factor) -> Result<(), Error> {
        let counters = self.counters_by_user(UserAction::AccountChange, factor.user_id);
        Ok(self.database.remove_factor(request, factor.user_id, factor.id, &counters).await?)
    }
}

//! Creating recovery codes.

use super::{FactorMembers, RecoveryCodesMembers, RecoveryCodesResource};
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// Create recovery codes
    ///
    /// Creates ten recovery codes, each good once in place of another second factor. They are in this response only. Codes that
    /// were created before are not accepted any more. The user is notified by mail.
    CreateRecoveryCodes
}

pub async fn handle(
    request: AuthorizedRequest<CreateRecoveryCodes>,
) -> Result<Created<RecoveryCodesResource>, Problem> {
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let (factor, recovery_codes) = accounts.create_recovery_codes(&request.write_request(), user.id).await?;
    let members = RecoveryCodesMembers { members: FactorMembers::from(&factor), recovery_codes: &recovery_codes };
    request.created_factor(&request.principal, &factor, members)
}

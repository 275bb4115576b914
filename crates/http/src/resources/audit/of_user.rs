//! The audit trail of one user.

use super::{AuditEventResource, page};
use crate::{
    operation::{operation, response::PageOf},
    problem::Problem,
    request::AuthorizedRequest,
};

operation! {
    /// List a user's audit events
    ///
    /// Returns a page of the audit events about this user, in the same form as the list of all events. Addresses of
    /// admins are hidden from the user.
    ListUserAuditEvents
}

pub async fn handle(request: AuthorizedRequest<ListUserAuditEvents>) -> Result<PageOf<AuditEventResource>, Problem> {
    page::answer(&request, &request.query.filters, Some(request.target.user.id)).await
}

//! The audit trail of one user.

use super::{AuditEventResource, page};
use crate::{
    hypermedia::links::ResourceView,
    operation::{PathParameters, ResourceKind, operation, response::PageOf},
    problem::Problem,
    request::AuthorizedRequest,
    resources::users::{self, USER_ID},
};
use usher_domain::policy::Resource;

operation! {
    /// List a user's audit events
    ///
    /// Returns a page of the audit events about this user, in the same form as the list of all events. Addresses of
    /// admins are hidden from the user.
    ListUserAuditEvents
}

pub async fn handle(request: AuthorizedRequest<ListUserAuditEvents>) -> Result<PageOf<AuditEventResource>, Problem> {
    let user = &request.target.user;
    let view = ResourceView {
        site: &request.service.site,
        principal: &request.principal,
        kind: ResourceKind::AuditEvents,
        resource: Resource::User { id: user.id, user: Some(user) },
        path: PathParameters::id(USER_ID.name, user.id),
        current_value: users::current_value,
    };
    page::answer(&request, &request.query.filters, Some(user.id), view).await
}

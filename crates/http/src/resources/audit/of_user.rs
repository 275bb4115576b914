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
    /// What happened to the user, by whose hand: like the list of all events, of which this is a part. A user is not shown where
    /// an admin did it from.
    ListUserAuditEvents
}

pub async fn handle(call: AuthorizedRequest<ListUserAuditEvents>) -> Result<PageOf<AuditEventResource>, Problem> {
    let user = &call.target.0;
    let view = ResourceView {
        site: &call.service.site,
        actor: &call.actor,
        kind: ResourceKind::AuditEvents,
        resource: Resource::User { id: user.id, user: Some(user) },
        path: PathParameters::id(USER_ID.name, user.id),
        present: users::present,
    };
    page::answer(&call, &call.query.filters, Some(user.id), view).await
}

//! The list of a user's sessions.

use super::{SESSION_ID, SessionMembers, SessionResource};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection, representation::Representation},
    operation::{PathParameters, ResourceKind, operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{ListQuery, Unfiltered},
    },
    resources::users::{self, USER_ID},
};
use usher_domain::policy::Resource;

/// The query of the list: whose sessions they are is in the path.
pub type SessionListQuery = ListQuery<Unfiltered>;

operation! {
    /// List a user's sessions
    ///
    /// Returns a page of the user's active sessions, newest first. Each sign-in has its own session.
    ListSessions
}

pub async fn handle(request: AuthorizedRequest<ListSessions>) -> Result<PageOf<SessionResource>, Problem> {
    let (page_request, owner) = (&request.query.page, &request.target.user);
    let list = format!("sessions of {}", owner.id);
    page_request.of(&list)?;
    let page = request.service.database.list_sessions(owner.id, &list, &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    let view = ResourceView {
        site: &request.service.site,
        principal: &request.principal,
        kind: ResourceKind::Sessions,
        resource: Resource::User { id: owner.id, user: Some(owner) },
        path: PathParameters::id(USER_ID.name, owner.id),
        current_value: users::current_value,
    };
    let collection = Collection::of::<ListSessions, SessionResource>(&request.query, view);
    request.page(collection.represent(&page, view, request.media, (), |session| {
        let resource = Resource::Session { owner: owner.id, session: Some(session) };
        let path = view.path.and_id(SESSION_ID.name, session.id);
        let members = SessionMembers::new(session, &request.principal);
        let view = ResourceView { kind: ResourceKind::Session, resource, path, ..view };
        Representation::new(members, view, Vec::new(), request.media)
    }))
}

//! The list of a user's sessions.

use super::{SessionById, SessionMembers, SessionResource};
use crate::{
    hypermedia::{pagination::Collection, representation::Representation},
    operation::{Listed as _, ResourceType as _, operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{ListQuery, Unfiltered},
    },
};
use usher_domain::cursor::IdCursor;
use usher_persistence::TargetIds;

/// The query of the list: whose sessions they are is in the path.
pub type SessionListQuery = ListQuery<Unfiltered<IdCursor>>;

operation! {
    /// List a user's sessions
    ///
    /// Returns a page of the user's active sessions, newest first. Each sign-in has its own session.
    ListSessions
}

pub async fn handle(request: AuthorizedRequest<ListSessions>) -> Result<PageOf<SessionResource>, Problem> {
    let (page_request, owner) = (&request.query.page, &request.target.user);
    let list = format!("sessions of {}", owner.id);
    page_request.require_list(&list)?;
    let page = request.service.database.list_sessions(owner, &list, &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    let view = request.view(SessionResource::PAGE);
    let collection = Collection::of::<ListSessions, SessionResource>(&request.query, view);
    request.page(collection.represent(&page, view, request.media, (), |session| {
        let ids = TargetIds::owned(owner.id, session.id);
        let view = view.other::<SessionById>(SessionResource::KIND, ids, session);
        Representation::new(SessionMembers::new(session, &request.principal), view, Vec::new(), request.media)
    }))
}

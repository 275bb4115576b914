//! The list of a user's sessions.

use crate::{
    call::Call,
    links::Seen,
    openapi,
    operations::{Kind, ListSessions, Operation},
    pages::{Listing, Part},
    problem::Problem,
    query::{Parameters, Query},
    representation::Representation,
    time::Time,
};
use actix_web::HttpResponse;
use serde::Serialize;
use usher_domain::{
    Session,
    cursor::IdCursor,
    policy::{Actor, Resource},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Which part of the list.
pub struct Parts(Part<IdCursor>);

impl Query for Parts {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        // Whose sessions they are is in the path, which is not known here: the handler asks whether the cursor suits.
        Part::read(parameters, |_| true).map(Self)
    }
}

/// A session as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct SessionMembers<'a> {
    /// The session's id, a UUIDv7 (RFC 9562 §5.7); access tokens name it in `sid`
    #[schema(example = "01937f40-1c2d-7a6b-8e4f-5d3c2b1a0f9e")]
    id: Uuid,
    /// When the user signed in
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// When it last issued an access token
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    last_used_at: Time,
    /// What the client that signed in called itself
    #[schema(required, example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: Option<&'a str>,
    /// Where the user signed in from
    #[schema(required, example = "192.0.2.7")]
    address: Option<&'a str>,
    /// Whether it is the one that this request is made in
    #[schema(example = true)]
    current: bool,
}

impl<'a> SessionMembers<'a> {
    /// The session as `actor` sees it.
    pub fn new(session: &'a Session, actor: &Actor) -> Self {
        Self {
            id: session.id,
            created_at: Time(session.created_at),
            last_used_at: Time(session.last_used_at),
            user_agent: session.user_agent.as_deref(),
            address: session.address.as_deref(),
            current: matches!(actor, Actor::Member(member) if member.session == session.id),
        }
    }
}

/// List a user's sessions
///
/// A page of the sessions that are alive, newest first: one for each device that the user is signed in on.
#[utoipa::path(get, path = ListSessions::ROW.path, impl_for = ListSessions, tag = "sessions",
    params(openapi::UserId, openapi::SessionParts),
    responses((status = 200, description = "The page", body = openapi::SessionPage)))]
pub async fn handle(call: Call<ListSessions>) -> Result<HttpResponse, Problem> {
    let (Parts(part), owner) = (&call.query, &call.target.0);
    let list = format!("sessions of {}", owner.id);
    part.of(&list)?;
    let page = call.service.database.list_sessions(owner.id, &list, &part.start, part.limit).await?;
    call.still_allowed().await?;
    let seen = Seen {
        site: &call.service.site,
        actor: &call.actor,
        kind: Kind::Sessions,
        resource: Resource::User { id: owner.id, user: Some(owner) },
    };
    let listing =
        Listing { path: seen.href(ListSessions::ROW), part, filters: Vec::new(), search: "", items: "sessions" };
    call.page(listing.represent(&page, seen, call.media, (), |session| {
        let resource = Resource::Session { owner: owner.id, session: Some(session) };
        let members = SessionMembers::new(session, &call.actor);
        Representation::new(members, Seen { kind: Kind::Session, resource, ..seen }, Vec::new(), call.media)
    }))
}

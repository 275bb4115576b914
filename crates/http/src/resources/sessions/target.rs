//! The target that is a session.

use crate::{
    operation::{Parameter, Target},
    problem::Problem,
    request::path::{both, path_id},
    resources::users::{self, USER_ID},
    site::Site,
};
use actix_web::HttpRequest;
use chrono::DateTime;
use usher_domain::{Session, policy::Resource};
use usher_persistence::{LookupResult, TargetIds};
use uuid::Uuid;

/// The id in a session's path.
pub const SESSION_ID: Parameter =
    Parameter::id("session_id", "The session's id", "01937f40-1c2d-7a6b-8e4f-5d3c2b1a0f9e");

/// The session that the path names.
pub struct SessionById {
    pub session: Session,
}

impl Target for SessionById {
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID, SESSION_ID];
    const VERSIONED: bool = true;

    fn locate(request: &HttpRequest) -> Result<TargetIds, Problem> {
        let (owner, session) = both(path_id(request, USER_ID.name), path_id(request, SESSION_ID.name))?;
        Ok(TargetIds { user_id: Some(owner), session_id: Some(session) })
    }

    fn resource<'a>(site: &Site, ids: TargetIds, found: &'a LookupResult) -> Resource<'a> {
        let session = found.session.as_ref();
        ids.user_id.map_or_else(|| site.resource(), |owner| Resource::Session { owner, session })
    }

    fn from_lookup(found: LookupResult) -> Option<Self> {
        found.session.map(|session| Self { session })
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let owner = users::sample().id;
        let session = Session {
            id: Uuid::nil(),
            user_id: owner,
            created_at: DateTime::default(),
            last_used_at: DateTime::default(),
            user_agent: None,
            address: None,
        };
        visit(&Resource::Session { owner, session: Some(&session) });
        visit(&Resource::Session { owner, session: None });
    }
}

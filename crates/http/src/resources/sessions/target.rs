//! The target that is a session.

use crate::{
    operation::{Parameter, Target},
    resources::users::{self, USER_ID},
};
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{Authentication, MethodSet, Rights, Session, policy::Resource};
use usher_persistence::TargetIds;
use uuid::Uuid;

/// The id in a session's path.
const SESSION_ID: Parameter = Parameter::id("session_id", "The session's id", "01937f40-1c2d-7a6b-8e4f-5d3c2b1a0f9e");

/// The session that the path names.
pub struct SessionById {
    pub session: Arc<Session>,
}

impl Target for SessionById {
    type Row = Session;
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID, SESSION_ID];
    const VERSIONED: bool = true;

    fn resource<'a>(_: Resource<'a>, ids: TargetIds, session: Option<&'a Session>) -> Resource<'a> {
        Resource::Session { owner: ids.owner_id, session }
    }

    fn from_row(session: Option<Arc<Session>>) -> Option<Self> {
        session.map(|session| Self { session })
    }

    fn row(&self) -> Option<&Session> {
        Some(&self.session)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let owner = users::sample().id;
        let session = Session {
            id: Uuid::nil(),
            user_id: owner,
            owner: Rights::NONE,
            authentication: Authentication { methods: MethodSet::PASSWORD, at: DateTime::default() },
            created_at: DateTime::default(),
            last_used_at: DateTime::default(),
            user_agent: None,
            address: None,
        };
        visit(&Resource::Session { owner, session: Some(&session) });
        visit(&Resource::Session { owner, session: None });
    }
}

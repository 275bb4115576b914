//! A session as a client receives it.

use usher_domain::{Authentication, MfaMethod, Session};
use uuid::Uuid;

/// A session that has begun or was continued.
pub struct IssuedSession {
    pub user: Uuid,
    pub session: Uuid,
    /// How its user has proved who they are.
    pub authentication: Authentication,
    /// Valid once, for the next refresh of this session.
    pub refresh_token: String,
}

impl IssuedSession {
    /// A session that has begun, with its first refresh token.
    pub(crate) fn new(session: &Session, refresh_token: String) -> Self {
        let Session { id, user_id, authentication, .. } = *session;
        Self { user: user_id, session: id, authentication, refresh_token }
    }
}

/// The result of a sign-in with the right password.
pub enum SignedIn {
    Session(IssuedSession),
    /// The user has a second factor. The token continues the sign-in, with one of these methods.
    SecondStep {
        mfa_token: String,
        methods: Vec<MfaMethod>,
    },
}

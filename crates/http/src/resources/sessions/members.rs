//! The members of a session's representation.

use crate::request::time::Time;
use serde::Serialize;
use usher_domain::{Session, policy::Principal};
use utoipa::ToSchema;
use uuid::Uuid;

/// A session as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct SessionMembers<'a> {
    /// The session's id, a UUIDv7 (RFC 9562 §5.7); access tokens name it in `sid`
    #[schema(example = "01937f40-1c2d-7a6b-8e4f-5d3c2b1a0f9e")]
    id: Uuid,
    /// The time of sign-in
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// The time it last issued an access token
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    last_used_at: Time,
    /// The `User-Agent` of the client that signed in
    #[schema(required, example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    user_agent: Option<&'a str>,
    /// The client address at sign-in
    #[schema(required, example = "192.0.2.7")]
    address: Option<&'a str>,
    /// How the user has proved in this session who they are (RFC 8176). `rc`: with a recovery code; `mfa`: with two factors
    #[schema(value_type = Vec<String>, example = json!(["pwd", "otp", "mfa"]))]
    methods: Vec<&'static str>,
    /// When the user last proved it: at sign-in, or by `step-up`
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    authenticated_at: Time,
    /// Whether this request was made in this session
    #[schema(example = true)]
    current: bool,
}

impl<'a> SessionMembers<'a> {
    /// The session as `principal` sees it.
    pub fn new(session: &'a Session, principal: &Principal) -> Self {
        Self {
            id: session.id,
            created_at: Time(session.created_at),
            last_used_at: Time(session.last_used_at),
            user_agent: session.user_agent.as_deref(),
            address: session.address.as_deref(),
            methods: session.authentication.methods.names(),
            authenticated_at: Time(session.authentication.at),
            current: matches!(principal, Principal::User(caller) if caller.session() == Some(session.id)),
        }
    }
}

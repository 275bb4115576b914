//! The members of a user's representation.

use crate::{
    operation::schema::{schema, text},
    request::time::Time,
    resources::roles::Role,
};
use serde::Serialize;
use usher_domain::{ExternalId, Text as _, User};
use utoipa::ToSchema;
use uuid::Uuid;

schema! {
    /// A user's status.
    Status = text(&usher_domain::Status::RULE, "Whether a user may sign in").into()
}

/// A user as the caller sees one.
#[derive(Serialize, ToSchema)]
pub struct UserMembers<'a> {
    /// The user's id, a UUID; that of an imported user may be of any version
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: Uuid,
    /// What the user is called in the system that the user was imported from; absent if there is no such id, and for callers
    /// who may not list users
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 255, example = "auth0|5f7c8ec7c33c6c004bbafe82")]
    external_id: Option<&'a str>,
    /// The username
    #[schema(example = "ada")]
    username: &'a str,
    /// The e-mail address
    #[schema(example = "ada@example.com")]
    email: &'a str,
    /// Whether the address is verified
    #[schema(example = true)]
    email_verified: bool,
    /// The new address, until it is verified
    #[schema(required, example = json!(null))]
    pending_email: Option<&'a str>,
    /// The role
    #[schema(value_type = Role)]
    role: &'a str,
    /// Whether the user may sign in
    #[schema(value_type = Status)]
    status: &'static str,
    /// The time of creation
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// The time of the last change to username, e-mail addresses, role, status or `email_verified`
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    updated_at: Time,
    /// The time of the last sign-in
    #[schema(value_type = Option<DateTime<Utc>>, required, example = "2026-01-02T03:04:05.678Z")]
    last_login_at: Option<Time>,
}

impl<'a> UserMembers<'a> {
    /// The user as somebody sees it who may see external ids, or not.
    pub fn new(user: &'a User, shows_external_id: bool) -> Self {
        Self {
            id: user.id,
            external_id: user.external_id.as_ref().map(ExternalId::as_str).filter(|_| shows_external_id),
            username: user.username.as_str(),
            email: user.email.as_str(),
            email_verified: user.email_verified,
            pending_email: user.pending_email.as_ref().map(usher_domain::EmailAddress::as_str),
            role: user.role.name.as_str(),
            status: user.status.as_str(),
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
            last_login_at: user.last_login_at.map(Time),
        }
    }
}

//! A user, as stored.

use crate::{EmailAddress, ExternalId, Fault, Role, Rule, Text, Username, named_enum};
use chrono::{DateTime, Utc};
use uuid::Uuid;

named_enum! {
    /// Whether a user may sign in.
    pub enum Status {
        Active = "active",
        Suspended = "suspended",
    }
}

impl Text for Status {
    const RULE: Rule = Rule::one_of(Self::NAMES);

    fn parse(raw: &str) -> Result<Self, Fault> {
        Self::from_name(raw).ok_or_else(|| Fault::unknown_option(Self::NAMES))
    }
}

/// A user, with the state that the policy needs to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own that the policy asks for")]
pub struct User {
    pub id: Uuid,
    /// What an imported user is called in the system that the user comes from.
    pub external_id: Option<ExternalId>,
    pub username: Username,
    pub email: EmailAddress,
    /// The key by which the address is looked up and sorted, as stored: an earlier version may have computed it differently.
    pub email_key: String,
    pub email_verified: bool,
    /// The new address, until it is verified.
    pub pending_email: Option<EmailAddress>,
    /// The role, with what it allows now.
    pub role: Role,
    pub status: Status,
    /// Counts the changes of username, e-mail addresses, role, status and `email_verified`.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    /// Whether this is the only active admin with a password, and with a verified address if signing in requires one:
    /// without this user the service would have no administrator.
    pub last_admin: bool,
    /// Whether this is the last admin and signing in requires the verified address that this user has: with another address,
    /// which is not verified, the service would have no administrator.
    pub last_verified_admin: bool,
    /// Whether a second factor is asked for when signing in.
    pub has_factors: bool,
    /// Whether sign-ins or checks of the current password are rate limited because too many have failed.
    pub rate_limited: bool,
}

//! A user, as it is kept.

use crate::{EmailAddress, Fault, Rule, Text, Username};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The role of a user; the policy says what that means in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Admin,
    User,
}

impl Role {
    pub const NAMES: &'static [&'static str] = &["admin", "user"];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "admin" => Some(Self::Admin),
            "user" => Some(Self::User),
            _ => None,
        }
    }
}

impl Text for Role {
    const RULE: Rule = Rule { name: Some("Role"), example: "user", ..Rule::one_of(Self::NAMES) };

    fn parse(raw: &str) -> Result<Self, Fault> {
        Self::from_name(raw).ok_or_else(|| Fault::new("unknown_option", "must be admin or user"))
    }
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Active,
    Suspended,
}

impl Status {
    pub const NAMES: &'static [&'static str] = &["active", "suspended"];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "suspended" => Some(Self::Suspended),
            _ => None,
        }
    }
}

impl Text for Status {
    const RULE: Rule = Rule::one_of(Self::NAMES);

    fn parse(raw: &str) -> Result<Self, Fault> {
        Self::from_name(raw).ok_or_else(|| Fault::new("unknown_option", "must be active or suspended"))
    }
}

/// A user, with what the policy must know of the state around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: Uuid,
    pub username: Username,
    pub email: EmailAddress,
    /// What the address is looked up and sorted by, as it is stored: an earlier version may have made it of another form.
    pub email_key: String,
    pub email_verified: bool,
    /// The new address, until it is verified.
    pub pending_email: Option<EmailAddress>,
    pub role: Role,
    pub status: Status,
    /// How often username, e-mail addresses, role, status or `email_verified` changed.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    /// The only active admin who has a password, and a verified address where signing in needs one: without this user nobody
    /// could administer the service.
    pub last_admin: bool,
    /// Whether sign-ins or proofs of the current password are slowed, because too many of them have failed.
    pub slowed: bool,
}

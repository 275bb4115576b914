//! What users, roles, sessions and pages are, and the policy that decides who may do what.
//!
//! No I/O and no framework: this crate knows nothing about HTTP, SQL, threads or the system's clock.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod api_key;
pub mod audit;
pub mod authentication;
pub mod clock;
pub mod cursor;
pub mod email;
pub mod email_change;
pub mod event_feed;
pub mod external_id;
pub mod factor;
pub mod fold;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod json_object;
pub mod mail;
mod named_enum;
pub mod network;
pub mod page;
pub mod passkey;
pub mod password;
pub mod permission;
pub mod policy;
pub mod rate_limit;
pub mod role;
pub mod second_step;
pub mod session;
pub mod statistics;
pub mod text;
pub mod user;
pub mod username;

pub use api_key::{ApiKey, ApiKeyExpiry, ApiKeyName, MAX_API_KEYS, Scope, ScopeSet};
pub use authentication::{Authentication, Method, MethodSet};
pub use clock::Clock;
pub use email::EmailAddress;
pub use email_change::EmailChange;
pub use external_id::ExternalId;
pub use factor::{Factor, FactorName, FactorSupport, FactorType, OneTimeCode};
pub use fold::fold;
pub use json_object::JsonObject;
pub use mail::{MailKind, MailedToken, Purpose};
pub use network::{Network, Width};
pub use passkey::CeremonyToken;
pub use password::NewPassword;
pub use permission::{Permission, PermissionSet};
pub use role::{AssignedRole, Rights, Role, RoleDescription, RoleDetails, RoleName};
pub use second_step::MfaMethod;
pub use session::Session;
pub use text::{Fault, Rule, Text, TextSet, checked};
pub use user::{Status, User};
pub use username::Username;

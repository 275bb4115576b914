//! The claims of an access token.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// `client_id`: the only client of this service, through which all users sign in.
pub const CLIENT_ID: &str = "usher";

/// The result of verifying a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The key that signed.
    pub kid: Arc<str>,
    /// When the token expires, in seconds since 1970 (`NumericDate` of RFC 7519 §2).
    pub exp: u64,
}

/// The claims of RFC 9068 §2.2, with `sid` for the session (`OpenID` Connect Front-Channel Logout 1.0 §3).
///
/// Each but `roles`, `amr` and `auth_time` must be there, once, and as one value: an array of issuers or audiences is refused.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenClaims<'a> {
    pub iss: Cow<'a, str>,
    pub aud: Cow<'a, str>,
    pub sub: Uuid,
    pub sid: Uuid,
    pub client_id: Cow<'a, str>,
    pub exp: u64,
    pub iat: u64,
    pub nbf: u64,
    pub jti: Uuid,
    /// The methods by which the user has proved who they are (RFC 8176). Here it is not read, and neither is `auth_time`: the
    /// session has both.
    #[serde(skip_deserializing)]
    pub amr: Vec<&'static str>,
    /// When the user last proved it (`OpenID` Connect Core 1.0 §2).
    #[serde(skip_deserializing)]
    pub auth_time: i64,
    /// The role of the user (RFC 9068 §2.2.3.1), for other services. Here it is not read: it may be outdated.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub roles: Option<[&'a str; 1]>,
}

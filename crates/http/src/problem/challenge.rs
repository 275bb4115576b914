//! The challenges of `WWW-Authenticate` (RFC 9110 §11.6.1, RFC 6750 §3, RFC 7617 §2). Those of actix-web-httpauth write no
//! comma between their parameters (ADR 0007).

use actix_web::{
    http::header::{HeaderValue, TryIntoHeaderValue},
    web::Bytes,
};
use actix_web_httpauth::headers::www_authenticate::Challenge;
use std::{convert::Infallible, fmt};

/// What the client has to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeFor {
    /// There was no access token.
    AccessToken,
    /// The access token was not valid.
    ValidAccessToken,
    /// The API key does not have the scope that is needed.
    Scope,
    /// The credentials of a client, by HTTP Basic.
    ClientCredentials,
}

impl ChallengeFor {
    const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => r#"Bearer realm="usher""#,
            Self::ValidAccessToken => r#"Bearer realm="usher", error="invalid_token""#,
            Self::Scope => r#"Bearer realm="usher", error="insufficient_scope""#,
            Self::ClientCredentials => r#"Basic realm="usher", charset="UTF-8""#,
        }
    }
}

impl Challenge for ChallengeFor {
    fn to_bytes(&self) -> Bytes {
        Bytes::from_static(self.as_str().as_bytes())
    }
}

impl fmt::Display for ChallengeFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryIntoHeaderValue for ChallengeFor {
    type Error = Infallible;

    fn try_into_value(self) -> Result<HeaderValue, Infallible> {
        Ok(HeaderValue::from_static(self.as_str()))
    }
}

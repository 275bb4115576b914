//! The challenges of `WWW-Authenticate` (RFC 9110 §11.6.1, RFC 6750 §3, RFC 7617 §2). Those of actix-web-httpauth write no
//! comma between their parameters (ADR 0007).

use actix_web::{
    http::header::{HeaderValue, InvalidHeaderValue, TryIntoHeaderValue},
    web::Bytes,
};
use actix_web_httpauth::headers::www_authenticate::Challenge;
use std::{borrow::Cow, fmt};

/// What the client has to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeFor {
    /// There was no access token.
    AccessToken,
    /// The access token was not valid.
    ValidAccessToken,
    /// The API key does not have the scope that is needed.
    Scope,
    /// The user has not proved recently enough who they are (RFC 9470 §3).
    StepUp {
        /// How recent it has to be, in seconds.
        max_age: i64,
    },
    /// The credentials of a client, by HTTP Basic.
    ClientCredentials,
}

impl ChallengeFor {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::AccessToken => r#"Bearer realm="usher""#.into(),
            Self::ValidAccessToken => r#"Bearer realm="usher", error="invalid_token""#.into(),
            Self::Scope => r#"Bearer realm="usher", error="insufficient_scope""#.into(),
            Self::StepUp { max_age } => format!(
                r#"Bearer realm="usher", error="insufficient_user_authentication", error_description="A more recent authentication is required", max_age="{max_age}""#
            )
            .into(),
            Self::ClientCredentials => r#"Basic realm="usher", charset="UTF-8""#.into(),
        }
    }
}

impl Challenge for ChallengeFor {
    fn to_bytes(&self) -> Bytes {
        Bytes::from(self.text().into_owned())
    }
}

impl fmt::Display for ChallengeFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl TryIntoHeaderValue for ChallengeFor {
    type Error = InvalidHeaderValue;

    fn try_into_value(self) -> Result<HeaderValue, InvalidHeaderValue> {
        match self.text() {
            Cow::Borrowed(text) => Ok(HeaderValue::from_static(text)),
            Cow::Owned(text) => HeaderValue::try_from(text),
        }
    }
}

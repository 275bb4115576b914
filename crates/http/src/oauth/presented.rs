//! A token that is shown to be revoked or looked at.

use super::parameters::FormParameters;
use crate::{
    body::{Body, Encoding, Field, Writable},
    limits,
    problem::{Credentials, Problem},
    service::Service,
};
use chrono::{DateTime, Utc};
use usher_auth::opaque;
use usher_domain::Rule;
use uuid::Uuid;

/// The parameters of revocation (RFC 7009 §2.1) and introspection (RFC 7662 §2.1).
pub struct PresentedToken {
    pub token: String,
}

impl Body for PresentedToken {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("PresentedToken");
    const DESCRIPTION: &'static str = "The token, and what the client takes it for.";
    const FIELDS: &'static [Field] = &[
        Field {
            name: "token",
            required: true,
            rule: Rule::free(1, limits::BODY, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
            description: "An access token or a refresh token",
        },
        Field {
            name: "token_type_hint",
            required: false,
            rule: Rule::free(1, limits::BODY, "refresh_token"),
            description: "`access_token` or `refresh_token`; a token is found without it too",
        },
    ];

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let mut parameters = FormParameters::parse(bytes, &["token", "token_type_hint"])?;
        Ok(Self { token: parameters.required("token")? })
    }
}

/// What a token that was made here is good for.
pub enum Meaning {
    Access {
        user: Uuid,
        session: Uuid,
        /// Seconds since 1970.
        expires_at: u64,
    },
    Refresh {
        user: Uuid,
        session: Uuid,
        spent: bool,
        /// When the session expires if it is not used.
        expires_at: DateTime<Utc>,
    },
}

/// What the token means; `None` where it is none of ours, or not any more. Whether the session of an access token still
/// lives is left to be asked.
pub async fn meaning(service: &Service, token: &str) -> Result<Option<Meaning>, Problem> {
    let Some(digest) = opaque::digest(token) else {
        return match service.keyring.verify(token, &service.database).await {
            Ok(claims) => Ok(Some(Meaning::Access { user: claims.sub, session: claims.sid, expires_at: claims.exp })),
            Err(Problem::Unauthorized(Credentials::Invalid)) => Ok(None),
            Err(problem) => Err(problem),
        };
    };
    let held = service.database.refresh_session(&[digest]).await?;
    Ok(held.map(|held| Meaning::Refresh {
        user: held.user,
        session: held.session,
        spent: held.spent,
        expires_at: held.expires_at,
    }))
}

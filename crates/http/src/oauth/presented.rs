//! A token that is shown to be revoked or looked at.

use super::parameters::FormParameters;
use crate::{
    problem::Problem,
    request::{
        body::{Body, Encoding, Field, Writable},
        caller::Caller,
        size_limits::MAX_BODY_BYTES,
    },
    service::Service,
};
use usher_accounts::Error;
use usher_auth::opaque;
use usher_domain::Rule;
use usher_persistence::Credential;

/// The parameters of revocation (RFC 7009 §2.1) and introspection (RFC 7662 §2.1).
pub struct PresentedToken {
    pub token: String,
}

impl Body for PresentedToken {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("PresentedToken");
    const DESCRIPTION: &'static str = "The token to revoke or introspect.";
    const FIELDS: &'static [Field] = &[
        Field {
            name: "token",
            required: true,
            rule: Rule::free(1, MAX_BODY_BYTES, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
            description: "An access token or a refresh token",
        },
        Field {
            name: "token_type_hint",
            required: false,
            rule: Rule::free(1, MAX_BODY_BYTES, "refresh_token"),
            description: "`access_token` or `refresh_token`; optional, tokens are found without it",
        },
    ];

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let mut parameters = FormParameters::parse(bytes, &["token", "token_type_hint"])?;
        Ok(Self { token: parameters.required("token")? })
    }
}

/// What a token that was made here is good for.
pub struct Meaning {
    /// Whose session it is of.
    pub caller: Caller,
    pub kind: Kind,
    /// Seconds since 1970: when the token expires, or the session if it is not used.
    pub expires_at: u64,
}

/// Which token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Access,
    Refresh { spent: bool },
}

/// What the token means; `None` where it is none of ours, or not any more. Whether the session of an access token still
/// lives, and its key is still in use, is left to be asked.
pub async fn meaning(service: &Service, token: &str) -> Result<Option<Meaning>, Problem> {
    let Some(digest) = opaque::digest(token) else {
        return match service.keyring.verify(token, &service.database).await {
            Ok(claims) => {
                Ok(Some(Meaning { caller: Caller::from(&claims), kind: Kind::Access, expires_at: claims.exp }))
            }
            Err(Error::InvalidAccessToken) => Ok(None),
            Err(error) => Err(error.into()),
        };
    };
    let held = service.database.refresh_session(&[digest]).await?;
    Ok(held.map(|held| Meaning {
        caller: Caller { credential: Credential { session: held.session, user: held.user }, kid: None },
        kind: Kind::Refresh { spent: held.spent },
        expires_at: held.expires_at.timestamp().try_into().unwrap_or_default(),
    }))
}

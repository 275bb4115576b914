//! A token that is presented to be revoked or introspected.

use super::parameters::{FormParameters, invalid_request};
use crate::{
    problem::Problem,
    request::{
        body::{Body, Encoding, Field, FieldKind, InvalidBody, Writable},
        size_limits::MAX_BODY_BYTES,
    },
};
use usher_domain::Rule;

/// The parameters of revocation (RFC 7009 §2.1) and introspection (RFC 7662 §2.1).
pub struct PresentedToken {
    pub token: String,
}

impl Body for PresentedToken {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("PresentedToken");
    const DESCRIPTION: &'static str = "The token to revoke or introspect.";
    const INVALID: InvalidBody = InvalidBody {
        name: "InvalidRequest",
        description: "Invalid request",
        problems: || vec![invalid_request("`token` is missing.".to_owned())],
    };
    const FIELDS: &'static [Field] = &[
        Field {
            name: "token",
            required: true,
            kind: FieldKind::Text,
            rule: Rule::free(1, MAX_BODY_BYTES, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
            description: "An access token, a refresh token or an API key",
        },
        Field {
            name: "token_type_hint",
            required: false,
            kind: FieldKind::Text,
            rule: Rule::free(1, MAX_BODY_BYTES, "refresh_token"),
            description: "`access_token` or `refresh_token`; optional, tokens are found without it",
        },
    ];

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let mut parameters = FormParameters::parse(bytes, &["token", "token_type_hint"])?;
        Ok(Self { token: parameters.required("token")? })
    }

    #[cfg(any(test, fuzzing))]
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        vec![("token", &self.token)]
    }
}

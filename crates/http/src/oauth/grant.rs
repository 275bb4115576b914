//! The credentials to exchange for tokens.

use super::parameters::{FormParameters, invalid_request};
use crate::{
    problem::Problem,
    request::body::{Alternative, Body, Encoding, Field, FieldKind, InvalidBody, Writable},
};
use usher_accounts::{MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH};
use usher_domain::Rule;

/// Maximum number of characters of a refresh token, as documented.
const MAX_REFRESH_TOKEN_LENGTH: usize = 1024;

/// What a client offers for a token.
pub enum Grant {
    /// RFC 6749 §4.3.
    Password { username: String, password: String },
    /// RFC 6749 §6.
    Refresh { refresh_token: String },
}

const BY_PASSWORD: Alternative = Alternative {
    name: "PasswordGrant",
    description: "The resource owner password credentials grant (RFC 6749 §4.3.2).",
    fields: &[
        grant_type(&["password"]),
        Field {
            name: "username",
            required: true,
            kind: FieldKind::Text,
            rule: Rule::free(1, MAX_NAME_LENGTH, "ada"),
            description: "The username or the e-mail address",
        },
        Field {
            name: "password",
            required: true,
            kind: FieldKind::Text,
            rule: Rule {
                format: Some("password"),
                ..Rule::free(1, MAX_PASSWORD_LENGTH, "correct horse battery staple")
            },
            description: "The password",
        },
    ],
};

const BY_REFRESH: Alternative = Alternative {
    name: "RefreshGrant",
    description: "The refresh token grant (RFC 6749 §6).",
    fields: &[
        grant_type(&["refresh_token"]),
        Field {
            name: "refresh_token",
            required: true,
            kind: FieldKind::Text,
            rule: Rule::free(1, MAX_REFRESH_TOKEN_LENGTH, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
            description: "The latest refresh token; it can be used once",
        },
    ],
};

const fn grant_type(only: &'static [&'static str]) -> Field {
    Field {
        name: "grant_type",
        required: true,
        kind: FieldKind::Text,
        rule: Rule::one_of(only),
        description: "The grant type",
    }
}

impl Body for Grant {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("Grant");
    const DESCRIPTION: &'static str = "The credentials to exchange for tokens.";
    /// Forms are for people, who have a password to offer.
    const FIELDS: &'static [Field] = BY_PASSWORD.fields;
    const ALTERNATIVES: &'static [Alternative] = &[BY_PASSWORD, BY_REFRESH];
    const INVALID: InvalidBody = InvalidBody {
        name: "InvalidGrant",
        description: "Invalid request or grant",
        problems: || {
            vec![
                Problem::OAuth { error: "invalid_grant", description: "The credentials are invalid.".into() },
                invalid_request("`username` is missing.".to_owned()),
                unsupported_grant_type(),
            ]
        },
    };

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let known = ["grant_type", "username", "password", "refresh_token"];
        let mut parameters = FormParameters::parse(bytes, &known)?;
        match parameters.required("grant_type")?.as_str() {
            "password" => Ok(Self::Password {
                username: parameters.required("username")?,
                password: parameters.required("password")?,
            }),
            "refresh_token" => Ok(Self::Refresh { refresh_token: parameters.required("refresh_token")? }),
            _ => Err(unsupported_grant_type()),
        }
    }

    #[cfg(any(test, fuzzing))]
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Password { username, password } => {
                vec![("grant_type", "password"), ("username", username), ("password", password)]
            }
            Self::Refresh { refresh_token } => {
                vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)]
            }
        }
    }
}

fn unsupported_grant_type() -> Problem {
    Problem::OAuth {
        error: "unsupported_grant_type",
        description: "`grant_type` must be `password` or `refresh_token`.".into(),
    }
}

//! The credentials to exchange for tokens.

use super::parameters::{FormParameters, invalid_request};
use crate::{
    problem::{MfaChallenge, Problem, SecondFactorError},
    request::body::{Alternative, Body, Encoding, Field, FieldKind, InvalidBody, Writable},
};
use usher_accounts::{MAX_NAME_LENGTH, MAX_PASSWORD_LENGTH};
use usher_domain::{CeremonyToken, OneTimeCode, Rule, Text as _, second_step::TypedRecoveryCode};

/// Maximum number of characters of a refresh token, as documented.
const MAX_REFRESH_TOKEN_LENGTH: usize = 1024;

/// Maximum number of characters of a token that continues a sign-in, as documented.
pub const MAX_MFA_TOKEN_LENGTH: usize = 1024;

/// The grant type of [`Grant::Mfa`].
pub const MFA_GRANT_TYPE: &str = "urn:usher:grant:mfa";
/// The grant type of [`Grant::Passkey`].
pub const PASSKEY_GRANT_TYPE: &str = "urn:usher:grant:passkey";
/// The grant types, in the order of the documentation.
pub const GRANT_TYPES: [&str; 4] = ["password", "refresh_token", MFA_GRANT_TYPE, PASSKEY_GRANT_TYPE];

/// What a client offers for a token.
pub enum Grant {
    /// RFC 6749 §4.3.
    Password { username: String, password: String },
    /// RFC 6749 §6.
    Refresh { refresh_token: String },
    /// The second step of a sign-in.
    Mfa { mfa_token: String, factor: SecondFactor },
    /// A passkey, without a password.
    Passkey { ceremony: String, credential: String },
}

/// What a client sends to prove a second factor.
pub enum SecondFactor {
    Otp(String),
    RecoveryCode(String),
    Passkey { ceremony: String, credential: String },
}

const BY_PASSWORD: Alternative = Alternative {
    name: "PasswordGrant",
    description: "The resource owner password credentials grant (RFC 6749 §4.3.2).",
    one_of: &[],
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
    one_of: &[],
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

const BY_MFA: Alternative = Alternative {
    name: "MfaGrant",
    description: "The second step of a sign-in, with `mfa_token` and one of the other parameters.",
    one_of: &[&["otp"], &["recovery_code"], &["ceremony", "credential"]],
    fields: &[
        grant_type(&[MFA_GRANT_TYPE]),
        Field {
            name: "mfa_token",
            required: true,
            kind: FieldKind::Text,
            rule: Rule::free(1, MAX_MFA_TOKEN_LENGTH, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
            description: "The token from the error `mfa_required`",
        },
        Field {
            name: "otp",
            required: false,
            kind: FieldKind::Text,
            rule: OneTimeCode::RULE,
            description: "A one-time code of an authenticator app",
        },
        Field {
            name: "recovery_code",
            required: false,
            kind: FieldKind::Text,
            rule: TypedRecoveryCode::RULE,
            description: "A recovery code; case, spaces and hyphens do not matter",
        },
        ceremony(false),
        credential(false),
    ],
};

const BY_PASSKEY: Alternative = Alternative {
    name: "PasskeyGrant",
    description: "A sign-in with a passkey that has verified its user, without a password.",
    one_of: &[],
    fields: &[grant_type(&[PASSKEY_GRANT_TYPE]), ceremony(true), credential(true)],
};

const fn ceremony(required: bool) -> Field {
    Field {
        name: "ceremony",
        required,
        kind: FieldKind::Text,
        rule: CeremonyToken::RULE,
        description: "The ceremony that came with the options",
    }
}

const fn credential(required: bool) -> Field {
    Field {
        name: "credential",
        required,
        kind: FieldKind::Text,
        rule: FieldKind::OBJECT_RULE,
        description: "The answer of the passkey: the text of its JSON (`AuthenticationResponseJSON`)",
    }
}

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
    const ALTERNATIVES: &'static [Alternative] = &[BY_PASSWORD, BY_REFRESH, BY_MFA, BY_PASSKEY];
    const INVALID: InvalidBody = InvalidBody {
        name: "InvalidGrant",
        description: "Invalid request or grant",
        problems: || {
            vec![
                Problem::OAuth { error: "invalid_grant", description: "The credentials are invalid.".into() },
                Problem::MfaRequired(MfaChallenge::example()),
                Problem::SecondFactor(SecondFactorError::WrongCode),
                Problem::SecondFactor(SecondFactorError::TokenSpent),
                invalid_request("`username` is missing.".to_owned()),
                unsupported_grant_type(),
            ]
        },
    };

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let known = [
            "grant_type",
            "username",
            "password",
            "refresh_token",
            "mfa_token",
            "otp",
            "recovery_code",
            "ceremony",
            "credential",
        ];
        let mut parameters = FormParameters::parse(bytes, &known)?;
        match parameters.required("grant_type")?.as_str() {
            "password" => Ok(Self::Password {
                username: parameters.required("username")?,
                password: parameters.required("password")?,
            }),
            "refresh_token" => Ok(Self::Refresh { refresh_token: parameters.required("refresh_token")? }),
            MFA_GRANT_TYPE => Ok(Self::Mfa {
                mfa_token: parameters.required("mfa_token")?,
                factor: SecondFactor::read(&mut parameters)?,
            }),
            PASSKEY_GRANT_TYPE => Ok(Self::Passkey {
                ceremony: parameters.required("ceremony")?,
                credential: parameters.required("credential")?,
            }),
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
            Self::Mfa { mfa_token, factor } => {
                let mut parameters = vec![("grant_type", MFA_GRANT_TYPE), ("mfa_token", mfa_token.as_str())];
                match factor {
                    SecondFactor::Otp(code) => parameters.push(("otp", code)),
                    SecondFactor::RecoveryCode(code) => parameters.push(("recovery_code", code)),
                    SecondFactor::Passkey { ceremony, credential } => {
                        parameters.extend([("ceremony", ceremony.as_str()), ("credential", credential)]);
                    }
                }
                parameters
            }
            Self::Passkey { ceremony, credential } => {
                vec![("grant_type", PASSKEY_GRANT_TYPE), ("ceremony", ceremony), ("credential", credential)]
            }
        }
    }
}

impl SecondFactor {
    /// The one that was sent.
    fn read(parameters: &mut FormParameters) -> Result<Self, Problem> {
        let (otp, recovery_code) = (parameters.optional("otp"), parameters.optional("recovery_code"));
        let (ceremony, credential) = (parameters.optional("ceremony"), parameters.optional("credential"));
        match (otp, recovery_code, ceremony, credential) {
            (Some(code), None, None, None) => Ok(Self::Otp(code)),
            (None, Some(code), None, None) => Ok(Self::RecoveryCode(code)),
            (None, None, Some(ceremony), Some(credential)) => Ok(Self::Passkey { ceremony, credential }),
            (None, None, Some(_), None) => Err(invalid_request("`credential` is missing.".to_owned())),
            (None, None, None, Some(_)) => Err(invalid_request("`ceremony` is missing.".to_owned())),
            (None, None, None, None) => Err(invalid_request("a second factor is missing.".to_owned())),
            _ => Err(invalid_request("several second factors are not sent together.".to_owned())),
        }
    }
}

fn unsupported_grant_type() -> Problem {
    Problem::OAuth {
        error: "unsupported_grant_type",
        description: format!("`grant_type` must be one of: {}.", GRANT_TYPES.join(", ")).into(),
    }
}

//! Every error response: one type, which becomes one document (RFC 9457) in one place.

mod challenge;
mod conflict;
mod document;
mod second_factor;

pub use conflict::Conflict;
pub use document::{OAuthError, OAuthErrorCode, ProblemDocument, ProblemLinks};
pub use second_factor::{MfaChallenge, SecondFactorError};

use crate::{
    hypermedia::media,
    request::{
        faults::{Faults, InputFault, pointer},
        size_limits::{MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_URI_BYTES},
    },
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use actix_web_httpauth::headers::www_authenticate::WwwAuthenticate;
use challenge::ChallengeFor;
use chrono::TimeDelta;
use std::{borrow::Cow, time::Duration};
use usher_accounts::KeyringError;
use usher_auth::{QueueFull, passkeys::PasskeyError};
use usher_domain::{
    AssignedRole,
    policy::{Decision, DenyReason},
};
use uuid::Uuid;

/// What is wrong with an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// There is no token.
    Missing,
    /// The token is malformed, expired or signed with another key, or its session has ended.
    Invalid,
}

/// Why a request failed.
#[derive(Debug)]
pub enum Problem {
    Invalid(Faults),
    Malformed(Cow<'static, str>),
    Unauthorized(TokenError),
    /// The same, with a link to the token endpoint.
    UnauthorizedWithLink(TokenError, String),
    Forbidden(DenyReason),
    /// The caller must have proved who they are within this time, in this session (RFC 9470).
    StepUp {
        fresh_for: TimeDelta,
    },
    /// The caller may write the field, but not with this value.
    NotGivable,
    /// Another site may have caused the request, and it would be made with a cookie.
    CrossSite,
    NoSuchPath,
    NoSuchResource,
    MethodNotAllowed(String),
    NotAcceptable,
    TimedOut,
    Conflict(Conflict),
    /// An event after the position is not kept any more; with the URL of the feed.
    PositionExpired(Option<String>),
    PreconditionFailed,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType(&'static str),
    HeadersTooLarge,
    TooManyAttempts {
        retry_after: Duration,
    },
    Unavailable {
        retry_after: Duration,
        why: String,
    },
    Internal(String),
    /// A client failed to authenticate itself (RFC 6749 §5.2).
    InvalidClient,
    /// An error of an OAuth endpoint (RFC 6749 §5.2).
    OAuth {
        error: &'static str,
        description: Cow<'static, str>,
    },
    /// The password is right, and the sign-in waits for its second step.
    MfaRequired(MfaChallenge),
    /// The second step of a sign-in fails.
    SecondFactor(SecondFactorError),
}

impl Problem {
    /// One fault in the input.
    pub fn invalid(fault: InputFault) -> Self {
        Self::Invalid(fault.into())
    }

    /// One fault in one field of the body.
    pub fn field(name: &str, code: &'static str, detail: &'static str) -> Self {
        Self::invalid(InputFault::new(pointer(name), code, detail))
    }

    fn wrong_password() -> Self {
        Self::field("current_password", "wrong_password", "is not your current password")
    }

    /// The stable, machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_input",
            Self::Malformed(_) => "malformed",
            Self::Unauthorized(TokenError::Missing) | Self::UnauthorizedWithLink(TokenError::Missing, _) => {
                "authentication_required"
            }
            Self::Unauthorized(TokenError::Invalid) | Self::UnauthorizedWithLink(TokenError::Invalid, _) => {
                "invalid_token"
            }
            Self::Forbidden(DenyReason::NotAllowed) => "not_allowed",
            Self::Forbidden(DenyReason::RegistrationClosed) => "registration_closed",
            Self::Forbidden(DenyReason::InsufficientScope) => "insufficient_scope",
            Self::Forbidden(DenyReason::FactorsDisabled) => "factors_disabled",
            Self::Forbidden(DenyReason::PasskeysUnavailable) => "passkeys_unavailable",
            Self::Forbidden(DenyReason::MfaEnrolmentRequired) => "mfa_enrolment_required",
            Self::StepUp { .. } => "insufficient_user_authentication",
            Self::NotGivable => "not_givable",
            Self::CrossSite => "cross_site_request",
            Self::NoSuchPath | Self::NoSuchResource => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::TimedOut => "request_timeout",
            Self::Conflict(conflict) => conflict.code(),
            Self::PositionExpired(_) => "position_expired",
            Self::PreconditionFailed => "precondition_failed",
            Self::BodyTooLarge => "body_too_large",
            Self::UriTooLong => "uri_too_long",
            Self::UnsupportedMediaType(_) => "unsupported_media_type",
            Self::HeadersTooLarge => "headers_too_large",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal_error",
            Self::InvalidClient => "invalid_client",
            Self::OAuth { error, .. } => error,
            Self::MfaRequired(_) => "mfa_required",
            Self::SecondFactor(error) => error.code(),
        }
    }

    /// The error code of an OAuth endpoint. The code of a failed second step is a member of its own.
    fn oauth_error(&self) -> &'static str {
        match self {
            Self::SecondFactor(_) => "invalid_grant",
            _ => self.code(),
        }
    }

    /// The human-readable explanation.
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Invalid(faults) if faults.omitted() == 0 => {
                "The input is invalid; `errors` lists every fault.".into()
            }
            Self::Invalid(_) => {
                "The input is invalid; `errors` lists the first faults, `errors_omitted` counts the rest.".into()
            }
            Self::Malformed(detail) | Self::OAuth { description: detail, .. } => detail.clone(),
            Self::Unauthorized(TokenError::Missing) | Self::UnauthorizedWithLink(TokenError::Missing, _) => {
                "Authentication is required. Send an access token as a bearer token.".into()
            }
            Self::Unauthorized(TokenError::Invalid) | Self::UnauthorizedWithLink(TokenError::Invalid, _) => {
                "The access token or API key is invalid or expired.".into()
            }
            Self::Forbidden(DenyReason::NotAllowed) => "You do not have permission to do this.".into(),
            Self::Forbidden(DenyReason::RegistrationClosed) => "Registration is closed.".into(),
            Self::Forbidden(DenyReason::InsufficientScope) => {
                "The scopes of the API key do not allow this, or no API key may do it.".into()
            }
            Self::Forbidden(DenyReason::FactorsDisabled) => "Second factors cannot be enrolled at this service.".into(),
            Self::Forbidden(DenyReason::PasskeysUnavailable) => {
                "Passkeys are unavailable: the service has no domain name.".into()
            }
            Self::Forbidden(DenyReason::MfaEnrolmentRequired) => {
                "You must have a second factor. Enrol one, or if you have one, prove it in this session with `step-up`."
                    .into()
            }
            Self::StepUp { .. } => {
                "You have not proved recently enough who you are. Do so with `step-up`, and try again.".into()
            }
            Self::NotGivable => "The role has permissions that you lack, or is for admins to give.".into(),
            Self::CrossSite => "This endpoint answers only pages of this service.".into(),
            Self::InvalidClient => "Client authentication (HTTP Basic) is required.".into(),
            Self::MfaRequired(_) => "A second factor is required. Send one of them with `mfa_token`.".into(),
            Self::SecondFactor(error) => error.detail().into(),
            Self::NoSuchPath => "Path not found.".into(),
            Self::NoSuchResource => "Resource not found.".into(),
            Self::MethodNotAllowed(allow) => format!("This path supports {allow}.").into(),
            Self::NotAcceptable => format!("Available media types: {}.", media::NAMES.join(", ")).into(),
            Self::TimedOut => "The body took too long to arrive.".into(),
            Self::Conflict(conflict) => conflict.detail().into(),
            Self::PositionExpired(_) => {
                "Events after this position are not kept any more. Read all users again, then the feed from `events`."
                    .into()
            }
            Self::PreconditionFailed => "The resource has changed; `If-Match` failed.".into(),
            Self::BodyTooLarge => format!("A body may have at most {MAX_BODY_BYTES} bytes.").into(),
            Self::UriTooLong => format!("A URI may have at most {MAX_URI_BYTES} bytes.").into(),
            Self::UnsupportedMediaType(wanted) => format!("The body must be {wanted}.").into(),
            Self::HeadersTooLarge => format!("The header fields may have at most {MAX_HEADER_BYTES} bytes.").into(),
            Self::TooManyAttempts { .. } => "Too many attempts. Try again later.".into(),
            Self::Unavailable { .. } => "The service is temporarily unavailable. Try again soon.".into(),
            Self::Internal(_) => "Internal error.".into(),
        }
    }

    /// The response. For an internal error it contains the request id, by which the log can be searched.
    pub fn response(&self, request_id: Option<Uuid>) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.insert_header((header::VARY, media::VARY));
        match self {
            Self::Unauthorized(credentials) | Self::UnauthorizedWithLink(credentials, _) => {
                let challenge = match credentials {
                    TokenError::Missing => ChallengeFor::AccessToken,
                    TokenError::Invalid => ChallengeFor::ValidAccessToken,
                };
                response.insert_header(WwwAuthenticate(challenge));
            }
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::TooManyAttempts { retry_after } | Self::Unavailable { retry_after, .. } => {
                response.insert_header((header::RETRY_AFTER, seconds(*retry_after)));
            }
            Self::Forbidden(DenyReason::InsufficientScope) => {
                response.insert_header(WwwAuthenticate(ChallengeFor::Scope));
            }
            Self::StepUp { fresh_for } => {
                response.insert_header(WwwAuthenticate(ChallengeFor::StepUp { max_age: fresh_for.num_seconds() }));
            }
            Self::InvalidClient => {
                response.insert_header(WwwAuthenticate(ChallengeFor::ClientCredentials));
            }
            _ => {}
        }
        let media = if self.is_oauth() { "application/json" } else { "application/problem+json" };
        response.content_type(media).json(self.document(request_id))
    }

    /// Whether the body is an error of an OAuth endpoint and not a problem document.
    pub fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth { .. } | Self::MfaRequired(_) | Self::SecondFactor(_) | Self::InvalidClient)
    }
}

/// Whole seconds, at least one (`Retry-After`, RFC 9110 §10.2.3).
fn seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unavailable { why, .. } | Self::Internal(why) => write!(f, "{}: {why}", self.code()),
            _ => f.write_str(self.code()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Invalid(_)
            | Self::Malformed(_)
            | Self::OAuth { .. }
            | Self::MfaRequired(_)
            | Self::SecondFactor(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::UnauthorizedWithLink(..) | Self::StepUp { .. } | Self::InvalidClient => {
                StatusCode::UNAUTHORIZED
            }
            Self::Forbidden(_) | Self::NotGivable | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NoSuchPath | Self::NoSuchResource => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::PositionExpired(_) => StatusCode::GONE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        self.response(None)
    }
}

impl From<Decision> for Problem {
    fn from(refusal: Decision) -> Self {
        match refusal {
            Decision::Unauthenticated => Self::Unauthorized(TokenError::Missing),
            Decision::Forbid(refusal) => Self::Forbidden(refusal),
            Decision::StepUp { fresh_for, .. } => Self::StepUp { fresh_for },
            Decision::NotFound => Self::NoSuchResource,
            Decision::Conflict(obstacle) => Self::Conflict(Conflict::ConflictReason(obstacle)),
            Decision::Allow => Self::Internal("an allowed request was refused".to_owned()),
        }
    }
}

impl From<usher_persistence::Error> for Problem {
    fn from(error: usher_persistence::Error) -> Self {
        use usher_persistence::Error;
        match error {
            Error::Unavailable(why) | Error::ConnectionLost(why) | Error::ReadOnly(why) => {
                Self::Unavailable { retry_after: Duration::from_secs(1), why }
            }
            // The caller had a valid token when the request was authorized; otherwise there would be no write.
            Error::Refused(Decision::Unauthenticated) => Self::Unauthorized(TokenError::Invalid),
            Error::Refused(refusal) => refusal.into(),
            Error::Changed => Self::PreconditionFailed,
            Error::TooManyAttempts { wait, .. } => Self::TooManyAttempts { retry_after: wait },
            Error::UnknownRole => Self::invalid(InputFault::of("role", AssignedRole::UNKNOWN)),
            Error::NotGivable => Self::NotGivable,
            Error::ScopesNotHeld => Self::field("scopes", "not_held", "has a permission that your role does not have"),
            Error::PositionExpired => Self::PositionExpired(None),
            Error::UnknownPosition => Self::field("after", "unknown_position", "is a position that no event has had"),
            Error::RoleNameTaken => Self::Conflict(Conflict::RoleNameTaken),
            Error::UsernameTaken => Self::Conflict(Conflict::UsernameTaken),
            Error::EmailTaken => Self::Conflict(Conflict::EmailTaken),
            Error::VerifiedHashOutdated => Self::wrong_password(),
            Error::TokenInvalid => Self::field("token", "bad_token", "is invalid or expired"),
            Error::Contended | Error::Url(_) | Error::Migration(_) | Error::Unexpected(_) => {
                Self::Internal(error.to_string())
            }
        }
    }
}

impl From<usher_accounts::Error> for Problem {
    fn from(error: usher_accounts::Error) -> Self {
        use usher_accounts::Error;
        match error {
            Error::Database(error) => error.into(),
            Error::Keyring(error) => error.into(),
            Error::Crypto(error) | Error::InvalidCredential(PasskeyError::Crypto(error)) => {
                Self::Internal(error.to_string())
            }
            Error::QrCode => Self::Internal(error.to_string()),
            Error::InvalidAccessToken => Self::Unauthorized(TokenError::Invalid),
            Error::InvalidCredentials => {
                Self::OAuth { error: "invalid_grant", description: "The credentials are invalid.".into() }
            }
            Error::WrongPassword => Self::wrong_password(),
            Error::WrongCode => Self::field("code", "wrong_code", "is not a code that the authenticator app shows now"),
            Error::WrongProof => Self::SecondFactor(SecondFactorError::WrongCode),
            Error::MfaTokenSpent => Self::SecondFactor(SecondFactorError::TokenSpent),
            Error::NoPasskeys => Self::SecondFactor(SecondFactorError::NoPasskeys),
            Error::CeremonySpent => {
                Self::field("ceremony", "ceremony_spent", "has expired, was used, or is of another session")
            }
            Error::InvalidCredential(error) => {
                Self::invalid(InputFault::new(pointer("credential"), "invalid_credential", error.to_string()))
            }
            Error::PasskeysUnavailable => Self::Forbidden(DenyReason::PasskeysUnavailable),
            Error::PasswordRequired => {
                Self::field("password", "required", "is required, because the passkey has not verified you")
            }
            Error::ProofRequired => Self::field("otp", "required", "is required, because you have a second factor"),
            Error::CurrentPasswordRequired => {
                Self::field("current_password", "required", "is required to change your e-mail address")
            }
            Error::PersonalPassword(fault) => Self::invalid(InputFault::of("password", fault)),
            Error::PersonalNewPassword(fault) => Self::invalid(InputFault::of("new_password", fault)),
            Error::HashingQueueFull(QueueFull { retry_after }) | Error::TooManyConcurrentAttempts { retry_after } => {
                Self::Unavailable { retry_after, why: error.to_string() }
            }
            Error::PasswordHashReplaced => {
                Self::Unavailable { retry_after: Duration::from_secs(1), why: error.to_string() }
            }
        }
    }
}

impl From<KeyringError> for Problem {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Database(error) => error.into(),
            error => Self::Internal(error.to_string()),
        }
    }
}

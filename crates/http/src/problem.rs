//! Every error that leaves the service: one type, one document (RFC 9457), made in one place.

use crate::{
    hypermedia::media,
    operation::schema::{schema, text},
    request::faults::{Faults, InputFault, pointer},
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
};
use serde::Serialize;
use std::{borrow::Cow, time::Duration};
use usher_accounts::KeyringError;
use usher_domain::{
    Rule,
    policy::{ConflictReason, Decision, DenyReason},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is wrong with a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// There is none.
    Missing,
    /// It is malformed, expired, of another key, or its session has ended.
    Invalid,
}

/// Why a request was not answered with what it asked for.
#[derive(Debug)]
pub enum Problem {
    Invalid(Faults),
    Malformed(Cow<'static, str>),
    Unauthorized(Credentials),
    /// The same, where the way to a token is told as a link.
    UnauthorizedWithLink(Credentials, String),
    Forbidden(DenyReason),
    NoSuchPath,
    NoSuchResource,
    MethodNotAllowed(String),
    NotAcceptable,
    TimedOut,
    Conflict(Conflict),
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
    /// A service that has to prove itself has not (RFC 6749 §5.2).
    InvalidClient,
    /// An error of an OAuth endpoint (RFC 6749 §5.2).
    OAuth {
        error: &'static str,
        description: Cow<'static, str>,
    },
}

/// Which state is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    UsernameTaken,
    EmailTaken,
    ConflictReason(ConflictReason),
}

impl Conflict {
    const fn code(self) -> &'static str {
        match self {
            Self::UsernameTaken => "username_taken",
            Self::EmailTaken => "email_taken",
            Self::ConflictReason(ConflictReason::LastAdmin) => "last_admin",
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "already_suspended",
            Self::ConflictReason(ConflictReason::NotSuspended) => "not_suspended",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "already_verified",
            Self::ConflictReason(ConflictReason::NotThrottled) => "not_throttled",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::UsernameTaken => "Another user has this username.",
            Self::EmailTaken => "Another user has this e-mail address.",
            Self::ConflictReason(ConflictReason::LastAdmin) => {
                "This is the last admin who can sign in. Make another user an admin first."
            }
            Self::ConflictReason(ConflictReason::AlreadySuspended) => "The user is suspended.",
            Self::ConflictReason(ConflictReason::NotSuspended) => "The user is not suspended.",
            Self::ConflictReason(ConflictReason::AlreadyVerified) => "You have no address to verify.",
            Self::ConflictReason(ConflictReason::NotThrottled) => "This account is not throttled.",
        }
    }
}

/// The body of an error.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Document {
    Problem(ProblemDocument),
    OAuth(OAuthError),
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// The problem type; the same for every problem with this `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:usher:problem:invalid_input")]
    kind: String,
    /// A short summary of the status.
    #[schema(example = "Bad Request")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    status: u16,
    /// An explanation of this occurrence.
    #[schema(example = "The input is invalid.")]
    detail: Cow<'static, str>,
    /// A stable, machine-readable code.
    #[schema(example = "invalid_input")]
    code: &'static str,
    /// For invalid input: the faults, at most 32.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 32)]
    errors: Option<Vec<InputFault>>,
    /// Number of faults beyond those in `errors`; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 3)]
    errors_omitted: Option<usize>,
    /// For internal errors: the request id, as it appears in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    request_id: Option<Uuid>,
    /// A link to the token endpoint, if the access token is missing or invalid.
    #[serde(rename = "_links", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    links: Option<ProblemLinks>,
}

/// The links of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemLinks)]
pub struct ProblemLinks {
    /// The token endpoint.
    token: crate::hypermedia::link::Link,
}

schema! {
    /// What an OAuth endpoint finds wrong.
    OAuthErrorCode = {
        let codes = &[
            "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
            "invalid_scope", "unsupported_token_type",
        ];
        text(&Rule::one_of(codes), "An error code (RFC 6749 §5.2, RFC 7009 §2.2.1).").into()
    }
}

/// An error of an OAuth endpoint (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthError {
    /// A code from RFC 6749 §5.2.
    #[schema(value_type = OAuthErrorCode)]
    error: &'static str,
    /// A human-readable explanation.
    #[schema(example = "The credentials are invalid.")]
    error_description: Cow<'static, str>,
}

impl Problem {
    /// One fault of the input.
    pub fn invalid(fault: InputFault) -> Self {
        Self::Invalid(fault.into())
    }

    /// One thing that is wrong with one field of the body.
    pub fn field(name: &str, code: &'static str, detail: &'static str) -> Self {
        Self::invalid(InputFault::new(pointer(name), code, detail))
    }

    /// The stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_input",
            Self::Malformed(_) => "malformed",
            Self::Unauthorized(Credentials::Missing) | Self::UnauthorizedWithLink(Credentials::Missing, _) => {
                "authentication_required"
            }
            Self::Unauthorized(Credentials::Invalid) | Self::UnauthorizedWithLink(Credentials::Invalid, _) => {
                "invalid_token"
            }
            Self::Forbidden(DenyReason::NotAllowed) => "not_allowed",
            Self::Forbidden(DenyReason::RegistrationClosed) => "registration_closed",
            Self::NoSuchPath | Self::NoSuchResource => "not_found",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::NotAcceptable => "not_acceptable",
            Self::TimedOut => "request_timeout",
            Self::Conflict(conflict) => conflict.code(),
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
        }
    }

    /// The sentence for people.
    pub fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::Invalid(faults) if faults.omitted() == 0 => {
                "The input is invalid; `errors` lists every fault.".into()
            }
            Self::Invalid(_) => {
                "The input is invalid; `errors` lists the first faults, `errors_omitted` counts the rest.".into()
            }
            Self::Malformed(detail) | Self::OAuth { description: detail, .. } => detail.clone(),
            Self::Unauthorized(Credentials::Missing) | Self::UnauthorizedWithLink(Credentials::Missing, _) => {
                "Authentication is required. Send an access token as a bearer token.".into()
            }
            Self::Unauthorized(Credentials::Invalid) | Self::UnauthorizedWithLink(Credentials::Invalid, _) => {
                "The access token is invalid or expired.".into()
            }
            Self::Forbidden(DenyReason::NotAllowed) => "You do not have permission to do this.".into(),
            Self::Forbidden(DenyReason::RegistrationClosed) => "Registration is closed.".into(),
            Self::InvalidClient => "Client authentication (HTTP Basic) is required.".into(),
            Self::NoSuchPath => "Path not found.".into(),
            Self::NoSuchResource => "Resource not found.".into(),
            Self::MethodNotAllowed(allow) => format!("This path supports {allow}.").into(),
            Self::NotAcceptable => format!("Available media types: {}.", media::NAMES.join(", ")).into(),
            Self::TimedOut => "The body took too long to arrive.".into(),
            Self::Conflict(conflict) => conflict.detail().into(),
            Self::PreconditionFailed => "The resource has changed; `If-Match` failed.".into(),
            Self::BodyTooLarge => format!("A body may have at most {} bytes.", crate::middleware::limits::BODY).into(),
            Self::UriTooLong => format!("A URI may have at most {} bytes.", crate::middleware::limits::URI).into(),
            Self::UnsupportedMediaType(wanted) => format!("The body must be {wanted}.").into(),
            Self::HeadersTooLarge => {
                format!("The header fields may have at most {} bytes.", crate::middleware::limits::HEADERS).into()
            }
            Self::TooManyAttempts { .. } => "Too many attempts. Try again later.".into(),
            Self::Unavailable { .. } => "The service is temporarily unavailable. Try again soon.".into(),
            Self::Internal(_) => "Internal error.".into(),
        }
    }

    /// The response. A failure of the service carries the id by which the log names the request.
    pub fn response(&self, request_id: Option<Uuid>) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        response.insert_header((header::VARY, media::VARY));
        match self {
            Self::Unauthorized(credentials) | Self::UnauthorizedWithLink(credentials, _) => {
                let challenge = match credentials {
                    Credentials::Missing => "Bearer realm=\"usher\"",
                    Credentials::Invalid => "Bearer realm=\"usher\", error=\"invalid_token\"",
                };
                response.insert_header((header::WWW_AUTHENTICATE, challenge));
            }
            Self::MethodNotAllowed(allow) => {
                response.insert_header((header::ALLOW, allow.as_str()));
            }
            Self::TooManyAttempts { retry_after } | Self::Unavailable { retry_after, .. } => {
                response.insert_header((header::RETRY_AFTER, seconds(*retry_after)));
            }
            Self::InvalidClient => {
                response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"usher\", charset=\"UTF-8\""));
            }
            _ => {}
        }
        let media = if self.is_oauth() { "application/json" } else { "application/problem+json" };
        response.content_type(media).json(self.document(request_id))
    }

    /// Whether it is told as the OAuth endpoints tell their errors.
    pub fn is_oauth(&self) -> bool {
        matches!(self, Self::OAuth { .. } | Self::InvalidClient)
    }

    /// What the response says.
    pub fn document(&self, request_id: Option<Uuid>) -> Document {
        if self.is_oauth() {
            return Document::OAuth(OAuthError { error: self.code(), error_description: self.detail() });
        }
        let status = self.status_code();
        let links = match self {
            Self::UnauthorizedWithLink(_, href) => {
                Some(ProblemLinks { token: crate::hypermedia::link::Link::to(href.clone(), &Method::POST) })
            }
            _ => None,
        };
        let faults = if let Self::Invalid(faults) = self { Some(faults) } else { None };
        Document::Problem(ProblemDocument {
            kind: format!("urn:usher:problem:{}", self.code()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
            code: self.code(),
            errors: faults.map(|faults| faults.listed().to_vec()),
            errors_omitted: faults.map(Faults::omitted).filter(|omitted| *omitted > 0),
            request_id: request_id.filter(|_| matches!(self, Self::Internal(_))),
            links,
        })
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
            Self::Invalid(_) | Self::Malformed(_) | Self::OAuth { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::UnauthorizedWithLink(..) | Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NoSuchPath | Self::NoSuchResource => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(_) => StatusCode::CONFLICT,
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
            Decision::Unauthenticated => Self::Unauthorized(Credentials::Missing),
            Decision::Forbid(refusal) => Self::Forbidden(refusal),
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
            // Who asked had a good token when the request came in, or would not have got as far as a write.
            Error::Refused(Decision::Unauthenticated) => Self::Unauthorized(Credentials::Invalid),
            Error::Refused(refusal) => refusal.into(),
            Error::Changed => Self::PreconditionFailed,
            Error::TooManyAttempts { wait, .. } => Self::TooManyAttempts { retry_after: wait },
            Error::UsernameTaken => Self::Conflict(Conflict::UsernameTaken),
            Error::EmailTaken => Self::Conflict(Conflict::EmailTaken),
            Error::ProofOutdated => Self::field("current_password", "wrong_password", "is not your current password"),
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
            Error::InvalidAccessToken => Self::Unauthorized(Credentials::Invalid),
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

impl From<usher_auth::QueueFull> for Problem {
    fn from(full: usher_auth::QueueFull) -> Self {
        Self::Unavailable { retry_after: full.retry_after, why: "the queue of passwords is full".to_owned() }
    }
}

//! The body of an error: a problem document (RFC 9457), or an error of OAuth (RFC 6749 §5.2).

use super::{MfaChallenge, Problem};
use crate::{
    hypermedia::link::Link,
    operation::schema::{open_text, schema},
    request::faults::{Faults, InputFault},
};
use actix_web::ResponseError as _;
use serde::Serialize;
use std::borrow::Cow;
use usher_domain::MfaMethod;
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// Where to go on.
    #[serde(rename = "_links", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    links: Option<ProblemLinks>,
}

/// The links of a problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemLinks)]
pub struct ProblemLinks {
    /// The token endpoint, if the access token is missing or invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<Link>,
    /// The feed of events from the oldest one, if the position in it has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    events: Option<Link>,
}

schema! {
    /// What an OAuth endpoint finds wrong.
    OAuthErrorCode = {
        let codes = &[
            "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
            "invalid_scope", "unsupported_token_type", "mfa_required",
        ];
        open_text(codes, "An error code (RFC 6749 §5.2, RFC 7009 §2.2.1), or `mfa_required`.").into()
    }
}

schema! {
    /// A method of the second step.
    MfaMethodName = {
        open_text(MfaMethod::NAMES, "What can be proved in the second step of a sign-in.").into()
    }
}

/// An error of an OAuth endpoint (RFC 6749 §5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthError {
    /// A code from RFC 6749 §5.2, or `mfa_required`.
    #[schema(value_type = OAuthErrorCode)]
    error: &'static str,
    /// A human-readable explanation.
    #[schema(example = "The credentials are invalid.")]
    error_description: Cow<'static, str>,
    /// For an `invalid_grant` in the second step of a sign-in: `wrong_code`; `mfa_token_spent` if the password has to be sent
    /// again; or `no_passkeys` if passkey options are requested for a user who has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "wrong_code")]
    code: Option<&'static str>,
    /// For `mfa_required`: continues the sign-in, within five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu")]
    mfa_token: Option<String>,
    /// For `mfa_required`: what the user can prove now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Vec<MfaMethodName>)]
    mfa_methods: Option<Vec<&'static str>>,
}

impl OAuthError {
    fn of(problem: &Problem) -> Self {
        let challenge = if let Problem::MfaRequired(challenge) = problem { Some(challenge) } else { None };
        Self {
            error: problem.oauth_error(),
            error_description: problem.detail(),
            code: matches!(problem, Problem::SecondFactor(_)).then(|| problem.code()),
            mfa_token: challenge.map(|challenge| challenge.token.clone()),
            mfa_methods: challenge.map(MfaChallenge::method_names),
        }
    }
}

impl Problem {
    /// The body of the response. `request_id` is shown for failures of the service.
    pub fn document(&self, request_id: Option<Uuid>) -> Document {
        if self.is_oauth() {
            return Document::OAuth(OAuthError::of(self));
        }
        let status = self.status_code();
        let links = match self {
            Self::UnauthorizedWithLink(_, href) => {
                Some(ProblemLinks { token: Some(Link::post(href.clone())), events: None })
            }
            Self::PositionExpired(Some(href)) => {
                Some(ProblemLinks { token: None, events: Some(Link::get(href.clone())) })
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

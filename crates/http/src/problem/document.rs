//! The body of an error: a problem document (RFC 9457), or an error of OAuth (RFC 6749 §5.2).

use super::Problem;
use crate::{
    hypermedia::link::Link,
    operation::schema::{schema, text},
    request::faults::{Faults, InputFault},
};
use actix_web::{ResponseError as _, http::Method};
use serde::Serialize;
use std::borrow::Cow;
use usher_domain::Rule;
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
    token: Link,
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
    /// The body of the response. `request_id` is shown for failures of the service.
    pub fn document(&self, request_id: Option<Uuid>) -> Document {
        if self.is_oauth() {
            return Document::OAuth(OAuthError { error: self.code(), error_description: self.detail() });
        }
        let status = self.status_code();
        let links = match self {
            Self::UnauthorizedWithLink(_, href) => Some(ProblemLinks { token: Link::to(href.clone(), &Method::POST) }),
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

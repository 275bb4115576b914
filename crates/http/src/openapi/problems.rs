//! The errors of an operation, derived from its row and the policy, with the problems that each can be.

use super::decisions::Decisions;
use crate::{
    operation::{Authentication, OperationSpec},
    problem::{Conflict, Problem, TokenError},
    request::{
        body::{Encoding, InvalidBody},
        size_limits::MAX_BODY_BYTES,
    },
};
use actix_web::ResponseError as _;
use std::time::Duration;
use usher_domain::policy::{self, DenyReason};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, Response, ResponseBuilder, Type, example::ExampleBuilder,
};

/// An error, as the document describes it.
pub struct ErrorResponse {
    pub status: u16,
    /// Its name, if many operations share it.
    pub name: Option<&'static str>,
    pub response: Response,
}

/// The errors of an operation.
pub fn error_responses(spec: &OperationSpec) -> Vec<ErrorResponse> {
    let decisions = Decisions::of(spec);
    let unsafe_method = !spec.method.is_safe();
    let mut refusals: Vec<_> = decisions.refusals().map(Problem::Forbidden).collect();
    let mut actions = spec.field_permissions.iter().map(|(_, action)| *action).chain([spec.action]);
    if actions.any(policy::judges_value) {
        refusals.push(Problem::NotGivable);
    }
    let name_of_refusals = match refusals[..] {
        [
            Problem::Forbidden(DenyReason::NotAllowed),
            Problem::Forbidden(DenyReason::InsufficientScope),
            Problem::Forbidden(DenyReason::MfaEnrolmentRequired),
        ] => Some("Forbidden"),
        [Problem::Forbidden(DenyReason::NotAllowed), Problem::Forbidden(DenyReason::InsufficientScope)] => {
            Some("NotAllowed")
        }
        [Problem::Forbidden(DenyReason::InsufficientScope)] => Some("InsufficientScope"),
        _ => None,
    };
    let mut conflicts = spec.conflicts.to_vec();
    conflicts.extend(decisions.obstacles().into_iter().map(Conflict::ConflictReason));
    let mut unauthorized = Vec::from([TokenError::Missing, TokenError::Invalid].map(Problem::Unauthorized));
    let (name_of_unauthorized, about_unauthorized) = match decisions.step_up() {
        None => ("Unauthorized", "The access token or API key is missing, invalid or expired"),
        Some(fresh_for) => {
            unauthorized.push(Problem::StepUp { fresh_for });
            (
                "StepUpRequired",
                "The access token or API key is missing, invalid or expired, or the caller has to step up (RFC 9470)",
            )
        }
    };

    let mut all = Vec::new();
    let mut add = |holds: bool, name, about: &str, problems: Vec<Problem>| {
        if let Some(first) = problems.first().filter(|_| holds) {
            all.push(ErrorResponse {
                status: first.status_code().as_u16(),
                name,
                response: response(about, &problems),
            });
        }
    };
    let InvalidBody { name, description, problems } = spec.body.invalid;
    add(true, Some(name), description, problems());
    let about = "Client credentials are missing or invalid";
    add(spec.authentication == Authentication::Client, Some("InvalidClient"), about, vec![Problem::InvalidClient]);
    let signs_in = matches!(spec.authentication, Authentication::Required | Authentication::Optional);
    add(signs_in, Some(name_of_unauthorized), about_unauthorized, unauthorized);
    add(true, name_of_refusals, "The caller lacks permission", refusals);
    add(decisions.can_miss(), Some("NotFound"), "Resource not found", vec![Problem::NoSuchResource]);
    let about = "None of the media types in `Accept` is available";
    let represents = spec.response.negotiated;
    add(represents, Some("NotAcceptable"), about, vec![Problem::NotAcceptable]);
    add(true, None, "Conflicts with the current state", conflicts.into_iter().map(Problem::Conflict).collect());
    let expired = Problem::PositionExpired(Some(spec.path.to_owned()));
    add(spec.positioned, None, "An event after the position is not kept any more", vec![expired]);
    let about = "`If-Match` failed: the resource has changed";
    add(spec.conditional, Some("PreconditionFailed"), about, vec![Problem::PreconditionFailed]);
    let about = format!("The body exceeds {MAX_BODY_BYTES} bytes");
    add(unsafe_method, Some("BodyTooLarge"), &about, vec![Problem::BodyTooLarge]);
    let media = vec![Problem::UnsupportedMediaType(spec.body.encoding.media_type())];
    let name = if spec.body.encoding == Encoding::Form { "UnsupportedForm" } else { "UnsupportedMediaType" };
    add(unsafe_method, Some(name), "Unsupported media type", media);
    let wait = Problem::TooManyAttempts { retry_after: Duration::from_secs(30) };
    add(spec.rate_limited, Some("TooManyAttempts"), "Too many attempts", vec![wait]);
    let about = "The database is unavailable or the service is overloaded; try again later";
    let away = Problem::Unavailable { retry_after: Duration::from_secs(1), why: String::new() };
    add(true, Some("Unavailable"), about, vec![away]);
    all
}

/// The response to these problems, each an example of it.
fn response(about: &str, problems: &[Problem]) -> Response {
    let oauth = problems.iter().any(Problem::is_oauth);
    let (media, schema) =
        if oauth { ("application/json", "OAuthError") } else { ("application/problem+json", "Problem") };
    let examples = problems.iter().map(|problem| {
        let shown =
            ExampleBuilder::new().summary(problem.detail()).value(serde_json::to_value(problem.document(None)).ok());
        (problem.code(), shown)
    });
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).examples_from_iter(examples);
    let response = ResponseBuilder::new().description(about).content(media, content.build());
    match problems {
        [Problem::Unauthorized(_) | Problem::InvalidClient, ..] => {
            response.header("WWW-Authenticate", header("How to authenticate", Type::String)).build()
        }
        [Problem::TooManyAttempts { .. } | Problem::Unavailable { .. }, ..] => {
            response.header("Retry-After", header("Seconds to wait", Type::Integer)).build()
        }
        refusals
            if refusals.iter().any(|problem| matches!(problem, Problem::Forbidden(DenyReason::InsufficientScope))) =>
        {
            let about = "For an API key without the scope: `error=\"insufficient_scope\"` (RFC 6750)";
            response.header("WWW-Authenticate", header(about, Type::String)).build()
        }
        _ => response.build(),
    }
}

/// A header field of a response.
pub fn header(about: &str, kind: Type) -> utoipa::openapi::Header {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

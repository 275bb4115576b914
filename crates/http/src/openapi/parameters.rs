//! What operations take beside a body.

use super::sample;
use serde_json::Value;
use usher_domain::audit::MOST_COUNTED;
use usher_domain::page::{DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY};
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, Ref, RefOr, Required, Schema, SchemaFormat, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

/// The id in a user's path.
pub struct UserId;

impl IntoParams for UserId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("id", ParameterIn::Path, uuid(), "The user's id", sample::USER)]
    }
}

/// The id in a session's path.
pub struct SessionId;

impl IntoParams for SessionId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![parameter("session_id", ParameterIn::Path, uuid(), "The session's id", sample::SESSION)]
    }
}

/// Which part of a list of sessions.
pub struct SessionParts;

impl IntoParams for SessionParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        part(None).into()
    }
}

/// How much of a list, and from where on, `farthest` the most. Two of them have a default that is not said as one: generated clients send the defaults that
/// they know, and beside a cursor these would be wrong.
fn part(farthest: Option<i64>) -> [Parameter; 3] {
    let limit = number(KnownFormat::Int32).minimum(Some(1)).maximum(Some(MAX_LIMIT));
    let limit = limit.default(Some(DEFAULT_LIMIT.into()));
    let offset = number(KnownFormat::Int64).minimum(Some(0)).maximum(farthest);
    let skipped = "How many items to pass over, 0 where it is not said; not with a cursor";
    let cursor = string().pattern(Some("^[A-Za-z0-9_-]+$"));
    let opaque = "From a `next` or `prev` link; opaque";
    [
        parameter("limit", ParameterIn::Query, limit.build(), "Most items on the page", DEFAULT_LIMIT),
        parameter("offset", ParameterIn::Query, offset.build(), skipped, 0),
        parameter("cursor", ParameterIn::Query, cursor.build(), opaque, Value::Null),
    ]
}

/// Which part of which list of users.
pub struct ListParts;

impl IntoParams for ListParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let q = string().max_length(Some(MAX_QUERY));
        let text = "A part of the username or the e-mail address, in any case; under three characters, its beginning";
        let sort = "The order; `created_at` where it is not said";
        let (role, status) = ("Only users with this role", "Only users with this status");
        let of_users = [
            parameter("q", ParameterIn::Query, q.build(), text, "ada"),
            parameter("role", ParameterIn::Query, Ref::from_schema_name("Role"), role, "user"),
            parameter("status", ParameterIn::Query, Ref::from_schema_name("Status"), status, "active"),
            parameter("sort", ParameterIn::Query, Ref::from_schema_name("UserSort"), sort, "-created_at"),
        ];
        part(None).into_iter().chain(of_users).collect()
    }
}

/// Which part of which list of audit events.
pub struct AuditParts;

impl IntoParams for AuditParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let target = parameter("target", ParameterIn::Query, uuid(), "Only what happened to this user", sample::USER);
        part(Some(MOST_COUNTED)).into_iter().chain(of_events()).chain([target]).collect()
    }
}

/// Which part of which list of a user's audit events.
pub struct UserAuditParts;

impl IntoParams for UserAuditParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        part(Some(MOST_COUNTED)).into_iter().chain(of_events()).collect()
    }
}

fn of_events() -> [Parameter; 6] {
    let time = || string().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).build();
    let (action, outcome) = (Ref::from_schema_name("AuditAction"), Ref::from_schema_name("AuditOutcome"));
    let sort = Ref::from_schema_name("AuditSort");
    [
        parameter("action", ParameterIn::Query, action, "Only this", "signed_in"),
        parameter("outcome", ParameterIn::Query, outcome, "Only what came out so", "success"),
        parameter("actor", ParameterIn::Query, uuid(), "Only what this user did", sample::USER),
        parameter(
            "since",
            ParameterIn::Query,
            time(),
            "Only what happened at this time or later (RFC 3339)",
            "2026-01-01T00:00:00Z",
        ),
        parameter(
            "until",
            ParameterIn::Query,
            time(),
            "Only what happened before this time (RFC 3339)",
            "2027-01-01T00:00:00Z",
        ),
        parameter("sort", ParameterIn::Query, sort, "The order; `-at`, newest first, where it is not said", "-at"),
    ]
}

fn uuid() -> Schema {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).build().into()
}

/// The version that a write is meant for.
pub fn if_match() -> Parameter {
    let about = "The `ETag` of the user that the caller has seen; where the user has changed since, nothing is done. A tag that \
        a compressing proxy has weakened or marked (`W/\"3\"`, `\"3-gzip\"`) counts as the one it was";
    parameter("If-Match", ParameterIn::Header, string().build(), about, "\"3\"")
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(format)))
}

/// A parameter with an example, unless that is null.
fn parameter(
    name: &str,
    place: ParameterIn,
    schema: impl Into<RefOr<Schema>>,
    about: &str,
    example: impl Into<Value>,
) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(about))
        .schema(Some(schema))
        .example(Some(example.into()).filter(|example| !example.is_null()))
        .build()
}

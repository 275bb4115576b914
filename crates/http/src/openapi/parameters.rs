//! What operations take beside a body.

use super::sample;
use serde_json::Value;
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
        let id = string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        vec![parameter("id", ParameterIn::Path, id.build(), "The user's id", sample::USER)]
    }
}

/// Which part of which list. Two of them have a default that is not said as one: generated clients send the defaults that
/// they know, and beside a cursor these would be wrong.
pub struct ListParts;

impl IntoParams for ListParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = number(KnownFormat::Int32).minimum(Some(1)).maximum(Some(MAX_LIMIT));
        let limit = limit.default(Some(DEFAULT_LIMIT.into()));
        let offset = number(KnownFormat::Int64).minimum(Some(0));
        let q = string().min_length(Some(1)).max_length(Some(MAX_QUERY)).pattern(Some(NO_NUL));
        let text = "A part of the username or the e-mail address, in any case; under three characters, its beginning";
        let sort = "The order; `created_at` where it is not said";
        let of_list = [
            parameter("limit", ParameterIn::Query, limit.build(), "Most users on the page", DEFAULT_LIMIT),
            parameter(
                "offset",
                ParameterIn::Query,
                offset.build(),
                "How many users to pass over, 0 where it is not said; not with a cursor",
                0,
            ),
            parameter(
                "cursor",
                ParameterIn::Query,
                string().build(),
                "From a `next` or `prev` link; opaque",
                Value::Null,
            ),
            parameter("q", ParameterIn::Query, q.build(), text, "ada"),
            parameter("role", ParameterIn::Query, Ref::from_schema_name("Role"), "Only users with this role", "user"),
            parameter(
                "status",
                ParameterIn::Query,
                Ref::from_schema_name("Status"),
                "Only users with this status",
                "active",
            ),
            parameter("sort", ParameterIn::Query, Ref::from_schema_name("UserSort"), sort, "-created_at"),
        ];
        of_list.into()
    }
}

/// The version that a write is meant for.
pub fn if_match() -> Parameter {
    let about = "The `ETag` of the user that the caller has seen; where the user has changed since, nothing is done";
    parameter("If-Match", ParameterIn::Header, string().build(), about, "\"3\"")
}

/// Nothing but NUL is refused. Means the same with no flag, `u` and `v`.
const NO_NUL: &str = "^[^\\x00]*$";

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

//! The members of the representations of an API key.

use crate::{
    operation::schema::{schema, text},
    request::time::Time,
};
use serde::Serialize;
use usher_domain::{ApiKey, Text as _};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

schema! {
    /// A scope of an API key.
    Scope = text(
        &usher_domain::Scope::RULE,
        "What an API key allows: a permission that its owner must have too, or a part of its owner's account"
    )
    .into()
}

/// An API key as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct ApiKeyMembers<'a> {
    /// The key's id, a UUIDv7 (RFC 9562 §5.7)
    #[schema(example = "01937f41-2b3c-7d4e-8f5a-6b7c8d9e0f1a")]
    id: Uuid,
    /// What the key is called
    #[schema(example = "nightly report")]
    name: &'a str,
    /// The first 14 characters of the key
    #[schema(example = "usher_pat_3kTx")]
    hint: &'a str,
    /// What the key allows, sorted by name; only as far as its owner may do it
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<&'static str>,
    /// The time of creation
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// From then on the key is refused. It stays in the list for 30 days
    #[schema(value_type = DateTime<Utc>, example = "2026-04-02T03:04:05.678Z")]
    expires_at: Time,
    /// The hour of the last use
    #[schema(value_type = Option<DateTime<Utc>>, required, example = "2026-02-03T04:00:00.000Z")]
    last_used_at: Option<Time>,
}

impl<'a> From<&'a ApiKey> for ApiKeyMembers<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name.as_str(),
            hint: &key.hint,
            scopes: key.scopes.names(),
            created_at: Time(key.created_at),
            expires_at: Time(key.expires_at),
            last_used_at: key.last_used_at.map(Time),
        }
    }
}

/// A new API key.
#[derive(Serialize)]
pub struct CreatedApiKeyMembers<'a> {
    #[serde(flatten)]
    pub members: ApiKeyMembers<'a>,
    /// The key itself.
    pub key: &'a str,
}

impl PartialSchema for CreatedApiKeyMembers<'_> {
    fn schema() -> RefOr<Schema> {
        let mut schema = ApiKeyMembers::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            let key = ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("The key: send it as `Authorization: Bearer …`. It is not shown again"))
                .pattern(Some("^usher_pat_[0-9A-Za-z]{49}$"))
                .examples(["usher_pat_000000000000000000000000000000000000000000013uwvo"]);
            object.properties.insert("key".to_owned(), RefOr::T(key.build().into()));
            object.required.push("key".to_owned());
        }
        schema
    }
}

impl ToSchema for CreatedApiKeyMembers<'_> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        ApiKeyMembers::schemas(schemas);
    }
}

//! The members of the representations of a factor.

use crate::request::time::Time;
use serde::Serialize;
use serde_json::{Value, json};
use usher_accounts::{AddedFactor, BegunCeremony};
use usher_domain::Factor;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

/// A second factor as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct FactorMembers<'a> {
    /// The factor's id, a UUIDv7 (RFC 9562 §5.7)
    #[schema(example = "01937f42-3c4d-7e5f-9a6b-7c8d9e0f1a2b")]
    id: Uuid,
    /// What it is: an authenticator app (`totp`), a `passkey`, or `recovery_codes`; more types may come
    #[serde(rename = "type")]
    #[schema(example = "totp")]
    kind: &'static str,
    /// What the factor is called
    #[schema(example = "phone")]
    name: &'a str,
    /// Whether it is asked for. An authenticator app that is not confirmed within 10 minutes is forgotten
    #[schema(example = true)]
    confirmed: bool,
    /// The time of creation
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// The time of the last use
    #[schema(value_type = Option<DateTime<Utc>>, required, example = "2026-02-03T04:05:06.789Z")]
    last_used_at: Option<Time>,
    /// How many recovery codes are left; only for `recovery_codes`
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 10)]
    remaining: Option<i64>,
}

impl<'a> From<&'a Factor> for FactorMembers<'a> {
    fn from(factor: &'a Factor) -> Self {
        Self {
            id: factor.id,
            kind: factor.kind.as_str(),
            name: factor.name.as_str(),
            confirmed: factor.confirmed,
            created_at: Time(factor.created_at),
            last_used_at: factor.last_used_at.map(Time),
            remaining: factor.remaining,
        }
    }
}

/// An authenticator app that has just been enrolled.
#[derive(Serialize)]
pub struct EnrolledTotpMembers<'a> {
    #[serde(flatten)]
    pub members: FactorMembers<'a>,
    pub secret: &'a str,
    pub otpauth_uri: &'a str,
    pub qr_svg: &'a str,
}

/// A factor that has just been confirmed or enrolled.
#[derive(Serialize)]
pub struct ConfirmedFactorMembers<'a> {
    #[serde(flatten)]
    pub members: FactorMembers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_codes: Option<&'a [String]>,
}

impl<'a> From<&'a AddedFactor> for ConfirmedFactorMembers<'a> {
    fn from(added: &'a AddedFactor) -> Self {
        Self { members: FactorMembers::from(&added.factor), recovery_codes: added.recovery_codes.as_deref() }
    }
}

/// A ceremony that has begun, and the options for the client.
#[derive(Serialize, ToSchema)]
#[schema(as = PasskeyRequestOptions)]
pub struct PasskeyOptionsMembers {
    /// Finishes the ceremony, once, within five minutes
    #[schema(example = "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu")]
    ceremony: String,
    #[schema(schema_with = public_key_schema)]
    public_key: Value,
}

fn public_key_schema() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The options for the client, in the JSON of Web Authentication (Level 3)"))
        .examples([json!({ "challenge": "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLWNoYWxsZW5nZQ", "timeout": 300_000 })])
        .build()
        .into()
}

impl From<BegunCeremony> for PasskeyOptionsMembers {
    fn from(begun: BegunCeremony) -> Self {
        Self { ceremony: begun.ceremony, public_key: begun.public_key }
    }
}

/// Recovery codes that have just been created.
#[derive(Serialize)]
pub struct RecoveryCodesMembers<'a> {
    #[serde(flatten)]
    pub members: FactorMembers<'a>,
    pub recovery_codes: &'a [String],
}

/// The schema of a factor with more members, each with its name and whether it is always there.
pub(super) fn factor_with(more: Vec<(&str, Schema, bool)>) -> RefOr<Schema> {
    let mut schema = FactorMembers::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        for (name, member, is_required) in more {
            object.properties.insert(name.to_owned(), RefOr::T(member));
            if is_required {
                object.required.push(name.to_owned());
            }
        }
    }
    schema
}

pub(super) fn text(about: &str, example: &str) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about)).examples([example]).build().into()
}

fn recovery_codes(about: &str) -> Schema {
    let code = ObjectBuilder::new().schema_type(Type::String).examples(["8f3k-q2zd-7n4t-w0xm"]);
    ArrayBuilder::new().items(code).description(Some(about)).build().into()
}

/// Declares the schema of a factor with more members.
macro_rules! schemas {
    ($( $name:ident = [ $($more:expr),+ $(,)? ]; )+) => { $(
        impl PartialSchema for $name<'_> {
            fn schema() -> RefOr<Schema> {
                factor_with(vec![$($more),+])
            }
        }

        impl ToSchema for $name<'_> {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                FactorMembers::schemas(schemas);
            }
        }
    )+ };
}

schemas! {
    EnrolledTotpMembers = [
        ("secret", text("The secret, in base32. It is not shown again", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), true),
        (
            "otpauth_uri",
            text(
                "The secret as a URI that an authenticator app reads",
                "otpauth://totp/usher:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=usher",
            ),
            true,
        ),
        (
            "qr_svg",
            text("The URI as a QR code, in SVG", r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 41 41"></svg>"#),
            true,
        ),
    ];
    ConfirmedFactorMembers = [(
        "recovery_codes",
        recovery_codes("Ten recovery codes, each good once, if this is the first factor. They are not shown again"),
        false,
    )];
    RecoveryCodesMembers = [(
        "recovery_codes",
        recovery_codes("The recovery codes, each good once. They are not shown again"),
        true,
    )];
}

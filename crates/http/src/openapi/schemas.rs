//! The schemas of the document, drawn from what the service reads and writes.

use super::hal::{self, LinkMethod};
use crate::{
    audit::event::{AuditActor, AuditChange, AuditTarget, EventMembers},
    faults::InputFault,
    links::Link,
    problem::{OAuthError, ProblemDocument, ProblemLinks},
    representation::UserMembers,
    sessions::list::SessionMembers,
    users::export::{ExportedLink, ExportedMail},
};
use std::borrow::Cow;
use usher_domain::{
    Rule, Text, audit,
    page::{DEFAULT_LIMIT, UserOrder},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type,
        extensions::Extensions, schema::AdditionalProperties,
    },
};

type Named = (String, RefOr<Schema>);

/// Every schema that operations do not name themselves.
pub fn shared() -> Vec<Named> {
    let mut all = hal::schemas();
    all.extend([
        named::<Link>(),
        named::<LinkMethod>(),
        named::<ProblemDocument>(),
        named::<ProblemLinks>(),
        named::<InputFault>(),
        named::<OAuthError>(),
        named::<OAuthErrorCode>(),
        named::<Role>(),
        named::<Status>(),
        named::<UserSort>(),
        named::<Jwk>(),
        named::<Session>(),
        named::<AuditEvent>(),
        named::<AuditAction>(),
        named::<AuditOutcome>(),
        named::<AuditSort>(),
        named::<AuditActor>(),
        named::<AuditTarget>(),
        named::<AuditChange>(),
    ]);
    all.extend([
        named::<ExportedUser>(),
        named::<ExportedMail>(),
        named::<ExportedLink>(),
        named::<ExportedSession>(),
        named::<ExportedEvent>(),
        embedded("UsersOfPage", "users", "User"),
        embedded("SessionsOfPage", "sessions", "Session"),
        embedded("AuditEventsOfPage", "audit_events", "AuditEvent"),
    ]);
    all
}

fn named<T: ToSchema>() -> Named {
    (T::name().into_owned(), T::schema())
}

/// utoipa describes the reference in a choice of it or null; the description is the choice's.
fn describe_choice(member: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(choice)) = member else { return };
    choice.description = choice.items.iter_mut().find_map(|item| match item {
        RefOr::Ref(reference) => Some(std::mem::take(&mut reference.description)),
        RefOr::T(_) => None,
    });
}

/// A resource's own members.
fn members(mut schema: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.properties.values_mut().for_each(describe_choice);
    }
    schema
}

/// A resource's own members with its links and forms.
fn resource(schema: RefOr<Schema>, links: &str) -> RefOr<Schema> {
    let mut schema = members(schema);
    let RefOr::T(Schema::Object(object)) = &mut schema else { return schema };
    object.properties.insert("_links".to_owned(), Ref::from_schema_name(links).into());
    object.required.push("_links".to_owned());
    let forms = Ref::builder()
        .ref_location_from_schema_name("Templates")
        .description(Some("How to fill in each unsafe link; only as `application/prs.hal-forms+json`"))
        .build();
    object.properties.insert("_templates".to_owned(), forms.into());
    schema
}

/// Makes a type whose only purpose is to stand for a schema of the document.
macro_rules! schema {
    ($(#[doc = $about:literal])* $name:ident = $schema:expr) => {
        $(#[doc = $about])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

schema! {
    /// A user's role.
    Role = text(&usher_domain::Role::RULE, "What a user may do in general").into()
}

schema! {
    /// A user's status.
    Status = text(&usher_domain::Status::RULE, "Whether a user may sign in").into()
}

schema! {
    /// What a list of users is sorted by.
    UserSort = {
        let rule = Rule::one_of(UserOrder::NAMES);
        text(&rule, "What a list of users is sorted by; `-` in front turns it round. Ties go by id.").into()
    }
}

schema! {
    /// What an OAuth endpoint finds wrong.
    OAuthErrorCode = {
        let codes = &[
            "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
            "invalid_scope", "unsupported_token_type",
        ];
        text(&Rule::one_of(codes), "What is wrong (RFC 6749 §5.2, RFC 7009 §2.2.1).").into()
    }
}

schema! {
    /// A user as the caller sees one.
    User = resource(UserMembers::schema(), "UserLinks")
}

schema! {
    /// A user as somebody sees one who has just registered.
    RegisteredUser = resource(UserMembers::schema(), "RegisteredUserLinks")
}

schema! {
    /// A page of users.
    UserPage = resource(page("UsersOfPage").into(), "UserPageLinks")
}

schema! {
    /// A session of a user: one sign-in on one device.
    Session = resource(SessionMembers::schema(), "SessionLinks")
}

schema! {
    /// A page of sessions.
    SessionPage = resource(page("SessionsOfPage").into(), "SessionPageLinks")
}

schema! {
    /// What audit events are of.
    AuditAction = text(&Rule::one_of(audit::Event::NAMES), "What was done.").into()
}

schema! {
    /// What came of it.
    AuditOutcome = text(&Rule::one_of(audit::Outcome::NAMES), "Whether it was done, or tried and refused.").into()
}

schema! {
    /// What a list of audit events is sorted by.
    AuditSort = {
        let about = "What a list of audit events is sorted by; `-` in front turns it round. Ties go by id.";
        text(&Rule::one_of(&["at", "-at"]), about).into()
    }
}

schema! {
    /// An event of the audit trail as the caller sees it.
    AuditEvent = resource(EventMembers::schema(), "AuditEventLinks")
}

schema! {
    /// A page of audit events.
    AuditEventPage = {
        let mut page = page("AuditEventsOfPage");
        let about = "Whether `total` is how many there are; if not, there are more";
        let flag = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about)).examples([true]);
        page.properties.insert("total_is_exact".to_owned(), flag.build().into());
        page.required.push("total_is_exact".to_owned());
        resource(page.into(), "AuditEventPageLinks")
    }
}

schema! {
    /// A user, as exported.
    ExportedUser = members(UserMembers::schema())
}

schema! {
    /// A session, as exported.
    ExportedSession = members(SessionMembers::schema())
}

schema! {
    /// An event of the audit trail, as exported.
    ExportedEvent = members(EventMembers::schema())
}

schema! {
    /// Everything that is kept about a user.
    UserExport = {
        let list = |about: &str, schema: &str| {
            ArrayBuilder::new().items(Ref::from_schema_name(schema)).description(Some(about)).build()
        };
        let mut at = described(Type::String, "When all this was so", "2026-01-02T03:04:05.678Z");
        at.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        ObjectBuilder::new()
            .description(Some("Everything that is kept about a user, but for hashes of passwords and tokens."))
            .property("exported_at", at)
            .property("user", Ref::from_schema_name("ExportedUser"))
            .property("mail", list("Mail that waits or went out a short time ago", "ExportedMail"))
            .property("mailed_links", list("Mailed links that can still be followed", "ExportedLink"))
            .property("sessions", list("Where the user is signed in, oldest first", "ExportedSession"))
            .property("audit_events", list("What the user did or what befell them, oldest first", "ExportedEvent"))
            .required("exported_at")
            .required("user")
            .required("mail")
            .required("mailed_links")
            .required("sessions")
            .required("audit_events")
            .build()
            .into()
    }
}

schema! {
    /// The entry of the API.
    Root = resource(
        ObjectBuilder::new()
            .description(Some("The entry of the API."))
            .property("name", described(Type::String, "The name of the service", "usher"))
            .required("name")
            .build()
            .into(),
        "RootLinks",
    )
}

schema! {
    /// This document.
    OpenApiDocument = ObjectBuilder::new()
        .description(Some("An OpenAPI document."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .examples([serde_json::json!({ "openapi": "3.1.0", "info": { "title": "usher", "version": "1.0.0" } })])
        .build()
        .into()
}

schema! {
    /// A JSON Web Key.
    Jwk = {
        let mut key = ObjectBuilder::new().description(Some("A public key (RFC 7517, RFC 7518 §6.2.1)."));
        for (name, about, example) in [
            ("kty", "The type of the key", "EC"),
            ("crv", "The curve", "P-256"),
            ("alg", "What it signs with", "ES256"),
            ("use", "What it is for", "sig"),
            ("kid", "Its id, as tokens name it", "0kZ1n1hSGmWyhXlNqJgT3nqCmq5Ff5k1Q1Q4m6mWw1E"),
            ("x", "The point's first coordinate, in base64url", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            ("y", "The point's second coordinate, in base64url", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
        ] {
            key = key.property(name, described(Type::String, about, example)).required(name);
        }
        key.build().into()
    }
}

schema! {
    /// A JSON Web Key Set.
    Jwks = {
        let keys = ArrayBuilder::new().items(Ref::from_schema_name("Jwk"));
        ObjectBuilder::new()
            .description(Some("The public keys that verify access tokens (RFC 7517 §5)."))
            .property("keys", keys.description(Some("The keys, the one that signs first")))
            .required("keys")
            .build()
            .into()
    }
}

fn page(embedded: &str) -> Object {
    let number = |about: &str, example: i64| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .description(Some(about))
            .examples([example])
    };
    ObjectBuilder::new()
        .description(Some("A page of a list."))
        .property("total", number("How many items pass the filter", 42))
        .required("total")
        .property("limit", number("Most items on this page", i64::from(DEFAULT_LIMIT)))
        .required("limit")
        .property("offset", number("How many items stand before this page", 0))
        .required("offset")
        .property("_embedded", Ref::from_schema_name(embedded))
        .required("_embedded")
        .build()
}

/// What stands on a page: items of that schema.
fn embedded(name: &str, items: &str, schema: &str) -> Named {
    let about = "The items of this page, in the order of the list";
    let list = ArrayBuilder::new().items(Ref::from_schema_name(schema)).description(Some(about));
    let object = ObjectBuilder::new().description(Some("What stands on a page.")).property(items, list).required(items);
    (name.to_owned(), object.build().into())
}

pub fn described(kind: Type, about: &str, example: &str) -> Object {
    ObjectBuilder::new().schema_type(kind).description(Some(about)).examples([example]).build()
}

pub fn text(rule: &Rule, description: &str) -> Object {
    let free = rule.options.is_empty();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(rule.format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .min_length((free && rule.min > 0).then_some(rule.min))
        .max_length(free.then_some(rule.max))
        .pattern(rule.pattern)
        .enum_values((rule.options.len() > 1).then(|| rule.options.iter().copied()))
        .extensions(unsaid(rule.options))
        .examples([rule.example])
        .build()
}

/// What utoipa has no word for: the value that is the only one, and names for values that begin with a sign, which
/// generators would number.
fn unsaid(options: &[&str]) -> Option<Extensions> {
    if let [only] = options {
        return Some(Extensions::from_iter([("const", *only)]));
    }
    let signed = options.iter().any(|option| option.starts_with('-'));
    signed.then(|| Extensions::from_iter([("x-enum-varnames", options.iter().map(spoken).collect::<Vec<_>>())]))
}

/// The option as a name in a programming language: `CreatedAtDescending` for `-created_at`.
fn spoken(option: &&str) -> String {
    let (words, direction) = option.strip_prefix('-').map_or((*option, ""), |words| (words, "Descending"));
    let letters = words.split('_').flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    letters.chain(direction.chars()).collect()
}

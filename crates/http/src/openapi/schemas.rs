//! The schemas of the document, drawn from what the service reads and writes.

use crate::{
    body::Field,
    links::Link,
    operations::{Kind, OPERATIONS, Row},
    problem::{InputFault, OAuthError, ProblemDocument, ProblemLinks},
    representation::UserMembers,
};
use std::borrow::Cow;
use usher_domain::{
    Rule, Text,
    page::{DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY, UserOrder},
};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Required, Schema, SchemaFormat,
        Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::AdditionalProperties,
    },
};

type Named = (String, RefOr<Schema>);

/// Every schema that more than one operation speaks of.
pub fn shared() -> Vec<Named> {
    let mut all = vec![
        named::<Link>(),
        named::<ProblemDocument>(),
        named::<ProblemLinks>(),
        named::<InputFault>(),
        named::<OAuthError>(),
        named::<Role>(),
        named::<Status>(),
        ("Templates".to_owned(), templates().into()),
        ("Template".to_owned(), template().into()),
        ("TemplateProperty".to_owned(), property().into()),
        ("TemplateOptions".to_owned(), options().into()),
        ("UsersOfPage".to_owned(), embedded().into()),
    ];
    for (name, kind, about) in [
        ("UserLinks", Kind::User, "What the caller may do with this user now."),
        ("RootLinks", Kind::Service, "What the caller may do now."),
        ("UserPageLinks", Kind::Users, "Where the caller may go from here, and what they may do."),
    ] {
        all.push((name.to_owned(), links(kind, about).into()));
    }
    all
}

fn named<T: ToSchema>() -> Named {
    (T::name().into_owned(), T::schema())
}

/// The links that a resource of this kind can have.
fn links(kind: Kind, about: &str) -> Object {
    let of_a_page: &[(&str, &str)] = &[
        ("self", "This page"),
        ("first", "The first page"),
        ("prev", "The page before this one"),
        ("next", "The page after this one"),
        ("last", "The last page"),
        ("search", "A template of every list of users (RFC 6570)"),
    ];
    let mut links = ObjectBuilder::new().description(Some(about));
    if kind == Kind::Users {
        for (relation, about) in of_a_page {
            links = links.property(*relation, link(about));
        }
        links = links.required("self").required("first");
    }
    let kinds = if kind == Kind::User { &[Kind::User, Kind::Registration][..] } else { &[kind][..] };
    for row in OPERATIONS {
        for offer in row.offers.iter().filter(|offer| kinds.contains(&offer.on)) {
            let summary = (row.docs)().operation.summary.unwrap_or_default();
            links = links.property(offer.relation, link(&summary));
        }
    }
    links.build()
}

fn link(about: &str) -> Ref {
    Ref::builder().ref_location_from_schema_name("Link").description(Some(about)).build()
}

/// A resource's own members with its links and forms.
fn resource(members: RefOr<Schema>, links: &str) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = members else { return members };
    object.properties.insert("_links".to_owned(), Ref::from_schema_name(links).into());
    object.required.push("_links".to_owned());
    let forms = Ref::builder()
        .ref_location_from_schema_name("Templates")
        .description(Some("How to fill in each unsafe link; only as `application/prs.hal-forms+json`"))
        .build();
    object.properties.insert("_templates".to_owned(), forms.into());
    object.into()
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
    /// A user as the caller sees one.
    User = resource(UserMembers::schema(), "UserLinks")
}

schema! {
    /// A page of users.
    UserPage = resource(page("UsersOfPage").into(), "UserPageLinks")
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
    /// An object that a standard of its own describes.
    AnyObject = ObjectBuilder::new().description(Some("An OpenAPI document.")).build().into()
}

schema! {
    /// A JSON Web Key Set.
    Jwks = {
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
        ObjectBuilder::new()
            .description(Some("The public keys that verify access tokens (RFC 7517 §5)."))
            .property("keys", ArrayBuilder::new().items(key.build()).description(Some("The keys, the one that signs first")))
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

fn embedded() -> Object {
    let users = ArrayBuilder::new().items(Ref::from_schema_name("User")).description(Some("The users of this page"));
    ObjectBuilder::new()
        .description(Some("What stands on a page of users."))
        .property("users", users)
        .required("users")
        .build()
}

fn templates() -> Object {
    ObjectBuilder::new()
        .description(Some("How to fill in each unsafe link, by its relation; `default` repeats the first (HAL-FORMS)."))
        .additional_properties(Some(AdditionalProperties::RefOr(Ref::from_schema_name("Template").into())))
        .build()
}

fn template() -> Object {
    let properties = ArrayBuilder::new()
        .items(Ref::from_schema_name("TemplateProperty"))
        .description(Some("The fields that this caller may write"));
    ObjectBuilder::new()
        .description(Some("How to fill in a link (HAL-FORMS)."))
        .property("method", described(Type::String, "The method to submit with", "PATCH"))
        .required("method")
        .property(
            "target",
            described(Type::String, "Where to submit", "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77"),
        )
        .required("target")
        .property("contentType", described(Type::String, "The media type of what is submitted", "application/json"))
        .required("contentType")
        .property("properties", properties)
        .required("properties")
        .build()
}

fn property() -> Object {
    let flag = ObjectBuilder::new().schema_type(Type::Boolean).description(Some("Whether it must be there"));
    let number =
        |about: &str| ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some(about));
    ObjectBuilder::new()
        .description(Some("A field to fill in (HAL-FORMS)."))
        .property("name", described(Type::String, "The field's name", "username"))
        .required("name")
        .property("prompt", described(Type::String, "What it is for", "The name to sign in with"))
        .required("prompt")
        .property("type", described(Type::String, "The kind of input", "text"))
        .property("required", flag)
        .required("required")
        .property("value", described(Type::String, "What it is now", "ada"))
        .property("minLength", number("Fewest characters"))
        .property("maxLength", number("Most characters"))
        .property("regex", described(Type::String, "The pattern it keeps", "^[a-z]+$"))
        .property("options", Ref::from_schema_name("TemplateOptions"))
        .build()
}

fn options() -> Object {
    let inline = ArrayBuilder::new()
        .items(described(Type::String, "An option", "user"))
        .description(Some("The only values it can have"));
    let most = ObjectBuilder::new().schema_type(Type::Integer).description(Some("How many may be chosen"));
    ObjectBuilder::new()
        .description(Some("What a field can be chosen from (HAL-FORMS)."))
        .property("inline", inline)
        .required("inline")
        .property("maxItems", most)
        .required("maxItems")
        .build()
}

fn described(kind: Type, about: &str, example: &str) -> Object {
    ObjectBuilder::new().schema_type(kind).description(Some(about)).examples([example]).build()
}

/// The schemas of an operation's body: its own, and one for each form that it can take.
pub fn body(name: &str, row: &Row) -> Vec<Named> {
    let form = row.encoding == crate::body::Encoding::Form;
    let alternatives = row.body.alternatives;
    if alternatives.is_empty() {
        return vec![(name.to_owned(), fields(row.body.description, row.fields, form).into())];
    }
    let any = alternatives.iter().fold(OneOfBuilder::new(), |any, one| any.item(Ref::from_schema_name(one.name)));
    let any = any.description(Some(row.body.description)).build();
    let each = alternatives.iter().map(|one| (one.name.to_owned(), fields(one.description, one.fields, form).into()));
    each.chain([(name.to_owned(), RefOr::T(Schema::OneOf(any)))]).collect()
}

/// An object of these fields; a form may have others, which nobody looks at.
fn fields(description: &str, fields: &[Field], form: bool) -> Object {
    let mut object = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(form)));
    for Field { name, required, rule, description } in fields {
        let field: RefOr<Schema> = match rule.options {
            options if options == usher_domain::Role::NAMES => {
                Ref::builder().ref_location_from_schema_name("Role").description(Some(*description)).build().into()
            }
            _ => text(rule, description).into(),
        };
        object = object.property(*name, field);
        if *required {
            object = object.required(*name);
        }
    }
    object.build()
}

fn text(rule: &Rule, description: &str) -> Object {
    let free = rule.options.is_empty();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(rule.format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .min_length((free && rule.min > 0).then_some(rule.min))
        .max_length(free.then_some(rule.max))
        .pattern(rule.pattern)
        .enum_values((!free).then(|| rule.options.iter().copied()))
        .examples([rule.example])
        .build()
}

/// The id in a user's path.
pub struct UserId;

impl IntoParams for UserId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id =
            ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)));
        vec![parameter("id", ParameterIn::Path, id, "The user's id")]
    }
}

/// Which part of which list.
pub struct ListParts;

impl IntoParams for ListParts {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = || ObjectBuilder::new().schema_type(Type::Integer);
        let limit = number().minimum(Some(1)).maximum(Some(MAX_LIMIT)).default(Some(DEFAULT_LIMIT.into()));
        let int64 = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
        let offset = number().format(int64).minimum(Some(0)).default(Some(0.into()));
        let q = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(MAX_QUERY));
        let sort = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(UserOrder::NAMES.iter().copied()))
            .default(Some(UserOrder::default().as_str().into()));
        let cursor = ObjectBuilder::new().schema_type(Type::String);
        vec![
            parameter("limit", ParameterIn::Query, limit, "Most users on the page"),
            parameter("offset", ParameterIn::Query, offset, "How many users to pass over; not with a cursor"),
            parameter("cursor", ParameterIn::Query, cursor, "From a `next` or `prev` link; opaque"),
            parameter("q", ParameterIn::Query, q, "A part of the username or the e-mail address, in any case"),
            reference("role", "Role", "Only users with this role"),
            reference("status", "Status", "Only users with this status"),
            parameter("sort", ParameterIn::Query, sort, "The order; `-` in front turns it round"),
        ]
    }
}

fn parameter(name: &str, place: ParameterIn, schema: ObjectBuilder, about: &str) -> Parameter {
    let required = if place == ParameterIn::Path { Required::True } else { Required::False };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .description(Some(about))
        .schema(Some(schema.build()))
        .build()
}

fn reference(name: &str, schema: &str, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(Ref::from_schema_name(schema)))
        .build()
}

//! Links and forms, as the document describes them: drawn from the table of operations.

use super::{
    sample,
    schemas::{described, text},
};
use crate::operations::{Kind, ListAuditEvents, ListSessions, ListUsers, OPERATIONS, Operation as _, Row};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use usher_domain::Rule;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, Object, ObjectBuilder, Ref, RefOr, Schema, Type, schema::AdditionalProperties},
};

type Named = (String, RefOr<Schema>);

/// The links of a page beside what can be done with the whole list, each with an example.
const OF_A_PAGE: [(&str, &str, &str); 5] = [
    ("self", "This page", "?limit=20"),
    ("first", "The first page", "?limit=20"),
    ("prev", "The page before this one", ""),
    ("next", "The page after this one", "?limit=20&cursor=AZN_PotafDGfXi9vDJsadw"),
    ("last", "The last page", "?limit=20&offset=40"),
];

/// Where the list of a kind of page is, and the template of every such list (RFC 6570), if it is filtered.
fn listed(kind: Kind) -> Option<(&'static str, Option<&'static str>)> {
    match kind {
        Kind::Users => Some((ListUsers::ROW.path, Some("{?q,role,status,sort,limit,offset}"))),
        Kind::Sessions => Some((ListSessions::ROW.path, None)),
        Kind::AuditEvents => {
            Some((ListAuditEvents::ROW.path, Some("{?action,actor,target,outcome,since,until,sort,limit,offset}")))
        }
        Kind::Service | Kind::User | Kind::Session | Kind::AuditEvent | Kind::Registration => None,
    }
}

/// Links and forms, and all that they are made of.
pub fn schemas() -> Vec<Named> {
    let links = [
        ("RootLinks", Kind::Service, "What the caller may do now."),
        ("UserLinks", Kind::User, "What the caller may do with this user now."),
        ("RegisteredUserLinks", Kind::Registration, "What somebody who has just registered may do now."),
        ("UserPageLinks", Kind::Users, "Where the caller may go from here, and what they may do."),
        ("SessionLinks", Kind::Session, "What the caller may do with this session now."),
        ("AuditEventLinks", Kind::AuditEvent, "What the caller may do with this event: nothing but read it."),
        ("AuditEventPageLinks", Kind::AuditEvents, "Where the caller may go from here."),
        ("SessionPageLinks", Kind::Sessions, "Where the caller may go from here, and what they may do."),
    ];
    let forms = [
        ("Templates", templates()),
        ("Template", template()),
        ("TemplateProperty", property()),
        ("TemplateOptions", options()),
    ];
    let links = links.map(|(name, kind, about)| (name, self::links(kind, about)));
    links.into_iter().chain(forms).map(|(name, schema)| (name.to_owned(), schema.into())).collect()
}

/// How to follow a link.
pub struct LinkMethod;

impl PartialSchema for LinkMethod {
    fn schema() -> RefOr<Schema> {
        text(&Rule::one_of(&["POST", "PUT", "PATCH", "DELETE"]), "A method that is not GET.").into()
    }
}

impl ToSchema for LinkMethod {
    fn name() -> Cow<'static, str> {
        "LinkMethod".into()
    }
}

/// The links that a resource of this kind can have.
fn links(kind: Kind, about: &str) -> Object {
    let mut links = ObjectBuilder::new().description(Some(about));
    let mut example = Map::new();
    if let Some((path, template)) = listed(kind) {
        let path = sample::href(path);
        for (relation, about, query) in OF_A_PAGE {
            links = links.property(relation, link(about));
            if relation != "prev" {
                example.insert(relation.to_owned(), json!({ "href": format!("{path}{query}") }));
            }
        }
        if let Some(template) = template {
            links = links.property("search", link("A template of every such list (RFC 6570)"));
            example.insert("search".to_owned(), json!({ "href": format!("{path}{template}"), "templated": true }));
        }
        links = links.required("self").required("first");
    }
    for row in OPERATIONS {
        for offer in row.offers.iter().filter(|offer| offer.on == kind) {
            let summary = (row.docs)().operation.summary.unwrap_or_default();
            links = links.property(offer.relation, link(&summary));
            // Whoever sees it may see it.
            if offer.relation == "self" {
                links = links.required("self");
            }
            if sample::admin_may(row) {
                example.insert(offer.relation.to_owned(), shown(row));
            }
        }
    }
    let mut links = links.examples([Value::Object(example)]).build();
    // Of an object without members generators know nothing, not even that they would be links.
    if links.properties.is_empty() {
        let any = AdditionalProperties::RefOr(Ref::from_schema_name("Link").into());
        links.additional_properties = Some(Box::new(any));
    }
    links
}

fn link(about: &str) -> Ref {
    Ref::builder().ref_location_from_schema_name("Link").description(Some(about)).build()
}

/// A link to the operation, as an admin sees it on another user.
fn shown(row: &Row) -> Value {
    let href = sample::href(row.path);
    if row.method.is_safe() { json!({ "href": href }) } else { json!({ "href": href, "method": row.method.as_str() }) }
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
        .property(
            "method",
            Ref::builder()
                .ref_location_from_schema_name("LinkMethod")
                .description(Some("The method to submit with"))
                .build(),
        )
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
    let flag = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("Whether it must be there"))
        .examples([json!(true)]);
    let number = |about: &str, example: usize| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .description(Some(about))
            .examples([json!(example)])
    };
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
        .property("minLength", number("Fewest characters", 3))
        .property("maxLength", number("Most characters", 32))
        .property("regex", described(Type::String, "The pattern it keeps", "^[a-z]+$"))
        .property("options", Ref::from_schema_name("TemplateOptions"))
        .build()
}

fn options() -> Object {
    let inline = ArrayBuilder::new()
        .items(described(Type::String, "An option", "user"))
        .description(Some("The only values it can have"));
    let most = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some("How many may be chosen"))
        .examples([json!(1)]);
    ObjectBuilder::new()
        .description(Some("What a field can be chosen from (HAL-FORMS)."))
        .property("inline", inline)
        .required("inline")
        .property("maxItems", most)
        .required("maxItems")
        .build()
}

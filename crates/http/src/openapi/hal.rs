//! Links and forms, as the document describes them: drawn from the table of operations.

use super::decisions::{self, Decisions};
use crate::{
    hypermedia::api::STEP_UP,
    operation::{
        OperationSpec, Table, operation_for,
        resource::LinksSpec,
        schema::{NamedSchema, described},
    },
};
use serde_json::{Map, Value, json};
use usher_domain::policy::Action;
use utoipa::openapi::{
    ArrayBuilder, Object, ObjectBuilder, Ref, Schema, Type,
    schema::{AdditionalProperties, AnyOf, AnyOfBuilder},
};

/// The links from a page to other pages, each with an example.
const OF_A_PAGE: [(&str, &str, &str); 5] = [
    ("self", "This page", "?limit=20"),
    ("first", "The first page", "?limit=20"),
    ("prev", "The previous page", ""),
    ("next", "The next page", "?limit=20&cursor=AZN_PotafDGfXi9vDJsadw"),
    ("last", "The last page", "?limit=20&offset=40"),
];

/// Forms, and all that they are made of.
pub fn schemas() -> Vec<NamedSchema> {
    let forms = [
        ("Templates", templates()),
        ("Template", template()),
        ("TemplateProperty", property()),
        ("TemplateOptions", options()),
    ];
    forms.into_iter().map(|(name, schema)| (name.to_owned(), schema.into())).collect()
}

/// The operation that returns a page of this kind; the most general one, if there are several.
fn list_of(table: Table, page: &LinksSpec) -> Option<&'static OperationSpec> {
    table.iter().copied().find(|spec| {
        let content = (spec.response.content)();
        content.links.iter().any(|links| links.is_page && links.kind == page.kind)
    })
}

/// The operation that returns one resource of this kind, selected by a query, and the template of its query.
fn selected_by_query(table: Table, of: &LinksSpec) -> Option<(&'static OperationSpec, String)> {
    if of.is_page {
        return None;
    }
    let mut returned =
        table.iter().copied().filter(|spec| (spec.response.content)().schema.as_deref() == Some(of.name));
    returned.find_map(|spec| Some((spec, spec.search_template()?)))
}

/// The links that a representation of this kind can have.
pub fn links(table: Table, of: &LinksSpec) -> Object {
    let mut links = ObjectBuilder::new().description(Some(of.about));
    let mut example = Map::new();
    if let Some(list) = list_of(table, of).filter(|_| of.is_page) {
        let path = list.example_path();
        for (relation, about, query) in OF_A_PAGE {
            links = links.property(relation, link(about));
            if relation != "prev" {
                example.insert(relation.to_owned(), json!({ "href": format!("{path}{query}") }));
            }
        }
        if let Some(template) = list.search_template() {
            links = links.property("search", link("A URI template with all filters (RFC 6570)"));
            example.insert("search".to_owned(), json!({ "href": format!("{path}{template}"), "templated": true }));
        }
        links = links.required("self").required("first");
    }
    // One that is selected by a query links to itself with this query, and to others.
    if let Some((spec, template)) = selected_by_query(table, of) {
        let path = spec.example_path();
        links = links.property("self", link(spec.summary())).required("self");
        links = links.property("search", link("A URI template with all parameters (RFC 6570)"));
        example.insert("self".to_owned(), json!({ "href": path }));
        example.insert("search".to_owned(), json!({ "href": format!("{path}{template}"), "templated": true }));
        for (relation, about, query) in of.more {
            links = links.property(*relation, link(about)).required(*relation);
            example.insert((*relation).to_owned(), json!({ "href": format!("{path}{query}") }));
        }
    }
    let mut may_need_step_up = false;
    for spec in table {
        for affordance in spec.affordances.iter().filter(|affordance| affordance.on == of.kind) {
            may_need_step_up |= Decisions::of(spec).step_up().is_some();
            links = links.property(affordance.relation, link(spec.summary()));
            if affordance.relation == "self" && of.has_self {
                links = links.required("self");
            }
            if decisions::admin_may(spec) {
                example.insert(affordance.relation.to_owned(), shown(spec));
            }
        }
    }
    if let Some(step_up) = operation_for(table, Action::StepUp).filter(|_| may_need_step_up) {
        links = links.property(STEP_UP, link(step_up.summary()));
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

/// A link to the operation, as an administrator sees it on another user.
fn shown(spec: &OperationSpec) -> Value {
    let href = spec.example_path();
    if spec.method.is_safe() {
        json!({ "href": href })
    } else {
        json!({ "href": href, "method": spec.method.as_str() })
    }
}

fn templates() -> Object {
    ObjectBuilder::new()
        .description(Some("A form for each unsafe link, by relation; `default` repeats the first (HAL-FORMS)."))
        .additional_properties(Some(AdditionalProperties::RefOr(Ref::from_schema_name("Template").into())))
        .build()
}

fn template() -> Object {
    let properties = ArrayBuilder::new()
        .items(Ref::from_schema_name("TemplateProperty"))
        .description(Some("The fields that the caller may write"));
    ObjectBuilder::new()
        .description(Some("A form (HAL-FORMS template)."))
        .property(
            "method",
            Ref::builder().ref_location_from_schema_name("LinkMethod").description(Some("The HTTP method")).build(),
        )
        .required("method")
        .property(
            "target",
            described(Type::String, "The URL to submit to", "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77"),
        )
        .required("target")
        .property("contentType", described(Type::String, "The media type of the request body", "application/json"))
        .required("contentType")
        .property("properties", properties)
        .required("properties")
        .build()
}

fn property() -> Object {
    let flag = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("Whether the field is required"))
        .examples([json!(true)]);
    let number = |about: &str, example: usize| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .description(Some(about))
            .examples([json!(example)])
    };
    ObjectBuilder::new()
        .description(Some("A form field (HAL-FORMS property)."))
        .property("name", described(Type::String, "The field's name", "username"))
        .required("name")
        .property("prompt", described(Type::String, "The purpose", "The username"))
        .required("prompt")
        .property("type", described(Type::String, "The input type", "text"))
        .property("required", flag)
        .required("required")
        .property("value", Schema::from(value()))
        .property("minLength", number("Minimum length in characters", 3))
        .property("maxLength", number("Maximum length in characters", 32))
        .property("regex", described(Type::String, "A regular expression that the value must match", "^[a-z]+$"))
        .property("options", Ref::from_schema_name("TemplateOptions"))
        .build()
}

/// A text, `true` or `false`, or several texts.
fn value() -> AnyOf {
    let texts = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
    AnyOfBuilder::new()
        .item(ObjectBuilder::new().schema_type(Type::String))
        .item(ObjectBuilder::new().schema_type(Type::Boolean))
        .item(texts)
        .description(Some("The current value; an array if the field takes several"))
        .examples([json!("ada")])
        .build()
}

fn options() -> Object {
    let inline = ArrayBuilder::new()
        .items(described(Type::String, "An allowed value", "user"))
        .description(Some("The allowed values"));
    let number = |about: &str| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some(about)).examples([json!(1)])
    };
    let multiple = ObjectBuilder::new()
        .schema_type(Type::Boolean)
        .description(Some("Whether the field takes an array of values"))
        .examples([json!(true)]);
    ObjectBuilder::new()
        .description(Some("The allowed values of a field (HAL-FORMS options)."))
        .property("inline", inline)
        .required("inline")
        .property("minItems", number("Minimum number of selected values"))
        .property("maxItems", number("Maximum number of selected values"))
        .required("maxItems")
        .property("multiple", multiple)
        .build()
}

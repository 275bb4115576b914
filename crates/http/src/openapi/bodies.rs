//! What operations take as a body: the document's side of the fields that read it.

use crate::{
    operation::{
        OperationSpec,
        schema::{reference, text},
    },
    request::body::{Alternative, Encoding, Field, FieldKind},
};
use serde_json::{Map, Value};
use usher_domain::Rule;
use utoipa::openapi::{
    ArrayBuilder, ContentBuilder, Discriminator, Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Required, Schema,
    Type,
    example::ExampleBuilder,
    request_body::{RequestBody, RequestBodyBuilder},
    schema::AdditionalProperties,
};

/// What the operation takes, if it takes anything.
pub fn body(spec: &OperationSpec) -> Option<RequestBody> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(spec.body.name?)));
    let content = if spec.body.alternatives.is_empty() {
        content.example(Some(example(spec.body.fields)))
    } else {
        content.examples_from_iter(spec.body.alternatives.iter().flat_map(examples))
    };
    let required = if spec.body.is_optional { Required::False } else { Required::True };
    let body = RequestBodyBuilder::new().description(Some(spec.body.description)).required(Some(required));
    Some(body.content(spec.body.encoding.media_type(), content.build()).build())
}

/// The examples of an alternative: one, or one for each set of its optional fields.
fn examples(alternative: &'static Alternative) -> Vec<(&'static str, ExampleBuilder)> {
    let shown = |name, value| (name, ExampleBuilder::new().summary(alternative.description).value(Some(value)));
    if alternative.one_of.is_empty() {
        return vec![shown(kind(alternative), example(alternative.fields))];
    }
    let with = |set: &&[&'static str]| {
        let sent = |field: &&Field| field.required || set.contains(&field.name);
        let values = alternative.fields.iter().filter(sent).map(|field| (field.name.to_owned(), example_of(field)));
        shown(set.first().copied().unwrap_or_default(), Value::Object(values.collect()))
    };
    alternative.one_of.iter().map(with).collect()
}

/// The schemas of the operation's body, each under its name.
pub fn schemas(spec: &OperationSpec) -> Vec<(String, RefOr<Schema>)> {
    let Some(name) = spec.body.name else { return Vec::new() };
    if spec.body.alternatives.is_empty() {
        let mut object = object(spec.body.encoding, spec.body.fields, spec.body.description);
        if spec.body.is_optional {
            // One that may be left out may also be empty.
            object.min_properties = None;
        }
        return vec![(name.to_owned(), object.into())];
    }
    let alternatives = spec.body.alternatives.iter();
    let mut all: Vec<_> = alternatives
        .map(|alternative| {
            (
                alternative.name.to_owned(),
                object(spec.body.encoding, alternative.fields, alternative.description).into(),
            )
        })
        .collect();
    all.push((name.to_owned(), one_of(spec).into()));
    all
}

fn one_of(spec: &OperationSpec) -> OneOfBuilder {
    let alternatives = spec.body.alternatives;
    let by = alternatives.first().and_then(|alternative| alternative.fields.first()).map_or("", |field| field.name);
    let mapping = alternatives
        .iter()
        .map(|alternative| (kind(alternative), format!("#/components/schemas/{}", alternative.name)));
    alternatives
        .iter()
        .fold(OneOfBuilder::new(), |one, alternative| one.item(Ref::from_schema_name(alternative.name)))
        .description(Some(spec.body.description))
        .discriminator(Some(Discriminator::with_mapping(by, mapping)))
}

/// The field that distinguishes the alternative from the others.
fn kind(alternative: &Alternative) -> &'static str {
    alternative.fields.first().map_or("", |field| field.rule.example)
}

fn object(encoding: Encoding, fields: &[Field], description: &str) -> Object {
    let mut object = ObjectBuilder::new().description(Some(description));
    // Unknown fields of a form are ignored. A schema allows them unless it forbids them.
    if encoding != Encoding::Form {
        object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    }
    if encoding == Encoding::Json && !fields.iter().any(|field| field.required) {
        object = object.min_properties(Some(1));
    }
    for Field { name, required, kind, rule, description } in fields {
        // In a form an empty parameter counts as absent.
        let rule = if encoding == Encoding::Form && !required { &Rule { min: 0, ..*rule } } else { rule };
        let description = &described(encoding, *required, description);
        let field = match kind {
            FieldKind::Text => text_field(rule, description),
            FieldKind::Flag => flag(description).into(),
            FieldKind::Set { min } => set(rule, *min, description),
            FieldKind::Object => free_object(description).into(),
        };
        object = object.property(*name, field);
        if *required {
            object = object.required(*name);
        }
    }
    object.build()
}

fn text_field(rule: &Rule, description: &str) -> RefOr<Schema> {
    match rule.name {
        Some(name) => reference(name, description).into(),
        None => text(rule, description).into(),
    }
}

fn flag(description: &str) -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(description)).examples([false]).build()
}

/// An object with any members, because another standard defines them.
fn free_object(description: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .build()
}

fn set(rule: &Rule, min: usize, description: &str) -> RefOr<Schema> {
    let array = ArrayBuilder::new().items(text_field(rule, "")).min_items((min > 0).then_some(min)).unique_items(true);
    RefOr::T(array.description(Some(description)).examples([Value::from(vec![rule.example])]).build().into())
}

/// What a field is for, and what null means there: no field can be null.
fn described(encoding: Encoding, required: bool, description: &str) -> String {
    let ends = description.ends_with('.');
    match (encoding, required) {
        (Encoding::Json, false) => format!("{description}{} `null` counts as absent.", if ends { "" } else { "." }),
        _ => description.to_owned(),
    }
}

/// An example of a body: the required fields or, if there are none, the first field.
fn example(fields: &[Field]) -> Value {
    let required = fields.iter().filter(|field| field.required).count();
    let shown = fields.iter().enumerate().filter(|(n, field)| field.required || (required == 0 && *n == 0));
    Value::Object(shown.map(|(_, field)| (field.name.to_owned(), example_of(field))).collect::<Map<_, _>>())
}

fn example_of(field: &Field) -> Value {
    match field.kind {
        FieldKind::Text => field.rule.example.into(),
        FieldKind::Flag => false.into(),
        FieldKind::Set { .. } => vec![field.rule.example].into(),
        FieldKind::Object => serde_json::from_str(field.rule.example).unwrap_or_default(),
    }
}

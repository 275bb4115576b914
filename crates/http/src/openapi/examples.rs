//! Examples of representations, put together from those of their parts.

use serde_json::{Map, Value};
use utoipa::openapi::{
    Components, Ref, RefOr, Response, Schema, example::ExampleBuilder, path::Operation, schema::ArrayItems,
};

/// Gives every success of the operation that has a body an example of it.
pub fn complete(operation: &mut Operation, components: &mut Components) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            give(response, components);
        }
    }
}

fn give(response: &mut Response, components: &mut Components) {
    for content in response.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        // Errors have examples already.
        let Some(RefOr::Ref(schema)) = content.schema.as_ref().filter(|_| content.examples.is_empty()) else {
            continue;
        };
        let name = name(schema).to_owned();
        if !components.examples.contains_key(&name) {
            let Some(value) = of_named(&name, components) else { continue };
            components.examples.insert(name.clone(), ExampleBuilder::new().value(Some(value)).build().into());
        }
        let example = Ref::new(format!("#/components/examples/{name}"));
        content.examples.insert(name, RefOr::Ref(example));
    }
}

fn name(reference: &Ref) -> &str {
    reference.ref_location.rsplit('/').next().unwrap_or_default()
}

fn of_named(name: &str, components: &Components) -> Option<Value> {
    of(components.schemas.get(name)?, components)
}

/// An example of a schema: its own, or one built from those of its members.
fn of(schema: &RefOr<Schema>, components: &Components) -> Option<Value> {
    let schema = match schema {
        RefOr::Ref(reference) => return of_named(name(reference), components),
        RefOr::T(schema) => schema,
    };
    match schema {
        Schema::Object(object) => {
            if let Some(example) = object.example.as_ref().or(object.examples.first()) {
                return Some(example.clone());
            }
            let members = object.properties.iter().filter(|(name, _)| object.required.contains(name));
            let members = members.filter_map(|(name, member)| Some((name.clone(), of(member, components)?)));
            Some(Value::Object(members.collect::<Map<_, _>>())).filter(|value| value != &Value::Object(Map::new()))
        }
        Schema::Array(array) => match (&array.example, &array.items) {
            (Some(example), _) => Some(example.clone()),
            (None, ArrayItems::RefOrSchema(items)) => Some(Value::Array(vec![of(items, components)?])),
            (None, ArrayItems::False) => None,
        },
        Schema::OneOf(choice) => choice.items.iter().find_map(|item| of(item, components)),
        _ => None,
    }
}

//! Checks responses against the OpenAPI document.

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// The statuses that HTTP allows for any request, whatever the operation.
const OF_ANY_REQUEST: [u16; 4] = [408, 413, 414, 431];

static API: LazyLock<Api> = LazyLock::new(Api::new);

struct Api {
    paths: Map<String, Value>,
    components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Fails the test if the document does not allow this answer: a status, a media type or a member that it does not name.
///
/// Requests that belong to no operation are not checked.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, status: u16, media: &str, body: &str) {
    let Some((id, responses)) = API.responses(method, path) else { return };
    let place = format!("{id} answers {status}");
    let Some(response) = responses.get(status.to_string()).map(|response| API.resolved(response)) else {
        assert!(OF_ANY_REQUEST.contains(&status), "{place}, which the document does not name: {body}");
        return;
    };
    let Some(content) = response.get("content") else {
        assert!(body.is_empty(), "{place} with a body, of which the document says nothing: {body}");
        return;
    };
    let media = media.split(';').next().unwrap_or_default();
    let schema = &content.get(media).unwrap_or_else(|| panic!("{place} as {media:?}: {body}"))["schema"];
    let value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{place} with no JSON ({error}): {body}"));
    let faults: Vec<String> = API
        .validator(&format!("{id} {status} {media}"), schema)
        .iter_errors(&value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{place}, which is not what the document says: {faults:#?}\n{body}");
}

impl Api {
    fn new() -> Self {
        let text = usher_http::document(usher_http::OPERATIONS, "").to_json().unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        close(&mut document);
        let Value::Object(paths) = document["paths"].take() else { panic!("the document has no paths") };
        Self { paths, components: document["components"].take(), validators: Mutex::default() }
    }

    /// The operation's id and responses, if the path and method are an operation's.
    fn responses(&self, method: &Method, path: &str) -> Option<(&str, &Value)> {
        let same = |template: &str| {
            let (parts, template): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
            parts.len() == template.len()
                && template.iter().zip(parts).all(|(wanted, part)| wanted.starts_with('{') || *wanted == part)
        };
        // A literal path takes precedence over one with parameters.
        let found = self.paths.iter().filter(|(template, _)| same(template)).min_by_key(|(name, _)| name.contains('{'));
        let operation = found?.1.get(method.as_str().to_ascii_lowercase())?;
        Some((operation["operationId"].as_str()?, operation.get("responses")?))
    }

    /// The value, or the one that it refers to.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
        let pointer = reference.strip_prefix("#/components").unwrap();
        self.components.pointer(pointer).unwrap_or_else(|| panic!("nothing is at {reference}"))
    }

    fn validator(&self, name: &str, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(name) {
            return Arc::clone(known);
        }
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.components,
        });
        let validator = Arc::new(jsonschema::options().should_validate_formats(true).build(&schema).unwrap());
        validators.insert(name.to_owned(), Arc::clone(&validator));
        validator
    }
}

/// Lets no object have members that the document does not name: clients may get more one day, tests may not.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let open = members.get("properties").is_some_and(Value::is_object);
            if open && members.get("type").is_some_and(|kind| kind == "object") {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

//! The OpenAPI document: which operations there are.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use usher_crawler::Agent;

/// The document of a service.
pub struct Document {
    pub operations: BTreeMap<String, Operation>,
}

/// An operation as the document has it.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: String,
    pub path: String,
    /// What its body is written as, if it takes one.
    pub media: Option<String>,
    /// A body that it would take.
    pub example: Value,
    /// The fields of its body, each with its schema.
    pub fields: BTreeMap<String, Value>,
    pub required: Vec<String>,
}

impl Document {
    /// The document that the root links to.
    pub async fn read(nobody: &Agent) -> Self {
        let root = nobody.get(usher_crawler::ENTRY).await.resource().unwrap();
        let link = root.links().into_iter().find(|link| link.relation == "service-desc").unwrap();
        let document = nobody.get(&link.href).await.json;
        let mut operations = BTreeMap::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                let known = operations.insert(id.clone(), Operation::read(&document, path, method, operation));
                assert!(known.is_none(), "{id} is duplicated");
            }
        }
        Self { operations }
    }

    /// The operation that a request to `href` (without its query) would reach, with the values of its parameters.
    pub fn reached(&self, method: &str, href: &str) -> Option<(&str, BTreeMap<String, String>)> {
        let path = href.split('?').next()?;
        self.operations
            .iter()
            .filter(|(_, operation)| operation.method == method)
            .find_map(|(id, operation)| Some((id.as_str(), matched(&operation.path, path)?)))
    }
}

impl Operation {
    fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let content = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
        let (mut fields, mut required) = (BTreeMap::new(), Vec::new());
        if let Some((_, content)) = content {
            let schema = first_choice(document, &content["schema"]);
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            fields.extend(properties.into_iter().map(|(name, field)| (name, resolved(document, field))));
            required = strings(&schema["required"]);
        }
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            media: content.map(|(media, _)| media.clone()),
            example: content.map_or(Value::Null, |(_, content)| content["example"].clone()),
            fields,
            required,
        }
    }

    /// Its path with `parameters` in their places.
    pub fn href(&self, parameters: &BTreeMap<String, String>) -> String {
        let mut path = self.path.clone();
        for (name, value) in parameters {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(!path.contains('{'), "{path} lacks a parameter");
        path
    }

    /// A body that it takes, written as it wants it: the document's example with `more`.
    pub fn body(&self, more: &[(&str, Value)]) -> Option<(&str, String)> {
        let media = self.media.as_deref()?;
        let mut fields: Map<String, Value> = self.example.as_object().cloned().unwrap_or_default();
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        if media == "application/json" {
            return Some((media, Value::Object(fields).to_string()));
        }
        let text = fields.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap().replace(' ', "+")));
        Some((media, text.collect::<Vec<_>>().join("&")))
    }

    /// Values of the right type for a field, at least one.
    pub fn values(&self, field: &str) -> Vec<Value> {
        let schema = &self.fields[field];
        match schema["type"].as_str() {
            Some("boolean") => vec![true.into(), false.into()],
            Some("array") => vec![Value::Array(Vec::new())],
            _ => match schema["enum"].as_array() {
                Some(options) => options.clone(),
                None => vec!["some-text".into()],
            },
        }
    }
}

/// The schema itself; if there are several alternatives, the first: the one that a form offers.
fn first_choice(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema.clone());
    match schema["oneOf"].as_array() {
        Some(choices) => resolved(document, choices[0].clone()),
        None => schema,
    }
}

fn resolved(document: &Value, schema: Value) -> Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).expect("a reference leads somewhere").clone(),
        None => schema,
    }
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn matched(path: &str, href: &str) -> Option<BTreeMap<String, String>> {
    let (wanted, given) = (path.split('/'), href.split('/'));
    if wanted.clone().count() != given.clone().count() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (wanted, given) in wanted.zip(given) {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                parameters.insert(name.to_owned(), given.to_owned());
            }
            None if wanted == given => {}
            None => return None,
        }
    }
    Some(parameters)
}

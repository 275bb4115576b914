//! Values of JSON, as sources look at them.

use serde_json::{Map, Value};

/// The text, if the value is one and not blank.
pub fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The items of an array.
pub fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The text itself, or the texts of an array: some systems give one role, some a list.
pub fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    text(value).into_iter().chain(items(value).filter_map(Value::as_str))
}

/// The value of the first of these keys that the object has.
pub fn first<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().filter_map(|key| object.get(*key)).find(|value| !value.is_null())
}

/// The members `role` and `roles` of an object of claims or metadata.
pub fn roles(metadata: Option<&Value>) -> impl Iterator<Item = &str> {
    let member = move |key| metadata.and_then(|metadata| metadata.get(key));
    texts(member("role")).chain(texts(member("roles")))
}

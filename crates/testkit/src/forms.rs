//! The forms of a representation.

use serde_json::Value;

/// The media type of representations with forms.
pub const FORMS: &str = "application/prs.hal-forms+json";

fn properties<'a>(resource: &'a Value, relation: &str) -> Option<&'a Vec<Value>> {
    resource["_templates"][relation]["properties"].as_array()
}

/// The names of the fields that a form offers.
pub fn form_fields<'a>(resource: &'a Value, relation: &str) -> Vec<&'a str> {
    properties(resource, relation).unwrap().iter().map(|property| property["name"].as_str().unwrap()).collect()
}

/// The property of a form that describes a field.
pub fn form_property<'a>(resource: &'a Value, relation: &str, name: &str) -> Option<&'a Value> {
    properties(resource, relation)?.iter().find(|property| property["name"] == name)
}

/// The values that a form offers for a field.
pub fn form_options<'a>(resource: &'a Value, relation: &str, name: &str) -> Vec<&'a str> {
    let options = form_property(resource, relation, name).unwrap()["options"]["inline"].as_array().unwrap();
    options.iter().map(|option| option.as_str().unwrap()).collect()
}

//! HAL-FORMS: a form for each unsafe link, from the same definitions that read the request.

use crate::{
    hypermedia::links::ResourceView,
    operation::OperationSpec,
    request::body::{Encoding, Field},
};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};

/// The `_templates` of a representation.
pub struct Templates<'a>(pub ResourceView<'a>);

#[derive(Serialize)]
struct Template<'a> {
    method: &'a str,
    target: String,
    #[serde(rename = "contentType")]
    content_type: &'static str,
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Property<'a> {
    name: &'static str,
    prompt: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(rename = "minLength", skip_serializing_if = "Option::is_none")]
    min_length: Option<usize>,
    #[serde(rename = "maxLength", skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options>,
}

#[derive(Serialize)]
struct Options {
    inline: &'static [&'static str],
    #[serde(rename = "maxItems")]
    max_items: u8,
}

impl Serialize for Templates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut default = true;
        for (relation, spec) in self.0.offers().filter(|(_, spec)| !spec.method.is_safe()) {
            let template = template(&self.0, spec);
            if default {
                map.serialize_entry("default", &template)?;
                default = false;
            }
            map.serialize_entry(relation, &template)?;
        }
        map.end()
    }
}

fn template<'a>(view: &ResourceView<'a>, spec: &'static OperationSpec) -> Template<'a> {
    let writable = |field: &&Field| {
        let permission = spec.field_permissions.iter().find(|(name, _)| *name == field.name);
        permission.is_none_or(|(_, action)| view.allows(*action))
    };
    Template {
        method: spec.method.as_str(),
        target: view.href(spec),
        content_type: spec.body.encoding.media_type(),
        properties: spec.body.fields.iter().filter(writable).map(|field| property(view, spec, field)).collect(),
    }
}

fn property<'a>(view: &ResourceView<'a>, spec: &OperationSpec, field: &Field) -> Property<'a> {
    let rule = &field.rule;
    let free = rule.options.is_empty();
    let only = (spec.body.encoding == Encoding::Form && rule.options.len() == 1).then(|| rule.options[0]);
    Property {
        name: field.name,
        prompt: field.description,
        kind: free.then_some(match rule.format {
            Some("email") => "email",
            Some("password") => "password",
            _ => "text",
        }),
        required: field.required,
        value: (view.current_value)(&view.resource, field.name).or(only),
        min_length: free.then_some(rule.min),
        max_length: free.then_some(rule.max),
        regex: rule.pattern,
        options: (!free).then_some(Options { inline: rule.options, max_items: 1 }),
    }
}

//! HAL-FORMS: a form for each unsafe link, from the same definitions that read the request.

use crate::{
    hypermedia::{
        api::STEP_UP,
        links::{Offer, ResourceView},
    },
    operation::{FieldValue, OperationSpec},
    request::body::{Encoding, Field, FieldKind},
};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use std::borrow::Cow;

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
    value: Option<FieldValue<'a>>,
    #[serde(rename = "minLength", skip_serializing_if = "Option::is_none")]
    min_length: Option<usize>,
    #[serde(rename = "maxLength", skip_serializing_if = "Option::is_none")]
    max_length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options<'a>>,
}

/// The texts that a field takes.
#[derive(Serialize)]
struct Options<'a> {
    inline: Cow<'a, [&'a str]>,
    #[serde(rename = "minItems", skip_serializing_if = "Option::is_none")]
    min_items: Option<usize>,
    #[serde(rename = "maxItems")]
    max_items: usize,
    /// Whether it takes several at once, as an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    multiple: Option<bool>,
}

impl<'a> Options<'a> {
    fn one(inline: Cow<'a, [&'a str]>) -> Self {
        Self { inline, min_items: None, max_items: 1, multiple: None }
    }

    fn several(inline: Cow<'a, [&'a str]>, min: usize) -> Self {
        Self { max_items: inline.len(), inline, min_items: Some(min), multiple: Some(true) }
    }
}

impl Serialize for Templates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut default = true;
        for Offer { link, .. } in self.0.offers().filter(|offer| !offer.link.spec.method.is_safe()) {
            let view = if link.relation == STEP_UP { self.0.of_service() } else { self.0 };
            let template = template(&view, link.spec);
            if default {
                map.serialize_entry("default", &template)?;
                default = false;
            }
            map.serialize_entry(link.relation, &template)?;
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
    let value = (view.current_value)(&view.resource, field.name);
    let options = options(view, field, value.as_ref());
    let is_free = field.kind == FieldKind::Text && options.is_none();
    // In a form of OAuth an empty parameter counts as absent.
    let min = if spec.body.encoding == Encoding::Form && !field.required { 0 } else { rule.min };
    let only = (spec.body.encoding == Encoding::Form && rule.options.len() == 1).then(|| rule.options[0].into());
    Property {
        name: field.name,
        prompt: field.description,
        kind: match (field.kind, rule.format) {
            (FieldKind::Flag, _) => Some("checkbox"),
            (FieldKind::Object, _) => Some("textarea"),
            _ if !is_free => None,
            (_, Some("email")) => Some("email"),
            (_, Some("password")) => Some("password"),
            _ => Some("text"),
        },
        required: field.required,
        value: value.or(only),
        min_length: is_free.then_some(min),
        max_length: is_free.then_some(rule.max),
        regex: rule.pattern.filter(|_| is_free),
        options,
    }
}

/// The texts that this caller may send in a field; `None` if any text that follows the rule is allowed.
fn options<'a>(view: &ResourceView<'a>, field: &Field, value: Option<&FieldValue<'a>>) -> Option<Options<'a>> {
    let allowed = (view.options)(view.viewer.principal, view.viewer.roles, field.name);
    match field.kind {
        FieldKind::Flag | FieldKind::Object => None,
        FieldKind::Set { min } => {
            Some(Options::several(allowed.map_or(Cow::Borrowed(field.rule.options), Cow::Owned), min))
        }
        FieldKind::Text => match allowed {
            Some(mut allowed) => {
                // Whoever may not give the current value may still send it back.
                if let Some(FieldValue::Text(current)) = value
                    && !allowed.contains(current)
                {
                    allowed.push(current);
                }
                Some(Options::one(allowed.into()))
            }
            None if field.rule.options.is_empty() => None,
            None => Some(Options::one(field.rule.options.into())),
        },
    }
}

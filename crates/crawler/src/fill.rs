//! Filling in forms.

use crate::{Property, Template};
use serde_json::Value;

/// The names and values of a filled form.
pub type Filling = Vec<(String, Value)>;

/// The ways to fill in a form that are worth trying: the required fields; these and each single optional field, with each
/// of its values; and all fields. `person` returns what a person would type into a field for which the form has no value.
pub fn fillings(template: &Template, person: impl Fn(&Property) -> String) -> Vec<Filling> {
    let filled = |property: &Property, value: Value| (property.name.clone(), value);
    let typed = |property: &Property| {
        let current = property.value.clone().filter(|_| !property.options.is_empty() && !property.multiple);
        current.unwrap_or_else(|| choices(property, &person).swap_remove(0))
    };
    let (required, optional): (Vec<_>, Vec<_>) = template.properties.iter().partition(|property| property.required);
    let least: Filling = required.iter().map(|property| filled(property, typed(property))).collect();
    let mut fillings = Vec::new();
    let mut add = |more: Filling| {
        let filling: Filling = least.iter().cloned().chain(more).collect();
        if !fillings.contains(&filling) {
            fillings.push(filling);
        }
    };
    add(Vec::new());
    // As a client does that sends back all that it was given.
    add(optional.iter().filter_map(|property| Some(filled(property, property.value.clone()?))).collect());
    for property in &optional {
        for value in choices(property, &person) {
            add(vec![filled(property, value)]);
        }
    }
    add(optional.iter().map(|property| filled(property, typed(property))).collect());
    fillings
}

/// The values of a field that are worth trying, at least one.
fn choices(property: &Property, person: impl Fn(&Property) -> String) -> Vec<Value> {
    match property.options.as_slice() {
        _ if property.kind == "checkbox" => vec![true.into(), false.into()],
        options if property.multiple => {
            let fewest = usize::try_from(property.min_items.unwrap_or_default()).unwrap();
            [options, &options[..fewest.min(options.len())]].map(Value::from).into()
        }
        [] => vec![person(property).into()],
        options => options.iter().cloned().map(Value::from).collect(),
    }
}

//! Filling in forms.

use crate::{Property, Template};

/// The names and values of a filled form.
pub type Filling = Vec<(String, String)>;

/// The ways to fill in a form that are worth trying: the required fields; these and each single optional field, with each
/// of its options; and all fields. `person` returns what a person would type into a field for which the form has no value.
pub fn fillings(template: &Template, person: impl Fn(&Property) -> String) -> Vec<Filling> {
    let typed = |property: &Property| match property.options.as_slice() {
        [] => person(property),
        options => property.value.clone().unwrap_or_else(|| options[0].clone()),
    };
    let filled = |property: &Property, value: String| (property.name.clone(), value);
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
        match property.options.as_slice() {
            [] => add(vec![filled(property, typed(property))]),
            options => options.iter().for_each(|option| add(vec![filled(property, option.clone())])),
        }
    }
    add(optional.iter().map(|property| filled(property, typed(property))).collect());
    fillings
}

//! Bodies.

use super::{assert_faults, is_well_formed};
use crate::{
    problem::Problem,
    request::{
        body::{Body, Encoding, Field, FieldKind, is_left_out},
        encoding,
        faults::{Faults, pointer},
    },
    table::OPERATIONS,
};
use serde_json::Value;
use std::collections::HashSet;
use usher_domain::{Fault, JsonObject, fold::trim};

/// A value that no caller may write in these bodies.
const FORBIDDEN: &str = "admin";

/// A body is read whole, or the error of each invalid and each missing member is reported.
pub fn json_bodies(data: &[u8]) {
    for spec in OPERATIONS.iter().filter(|spec| spec.body.encoding != Encoding::Form) {
        (spec.checks.body)(data);
    }
}

/// A form is read whole, or its first error is reported: unknown parameters are ignored, empty ones count as absent,
/// repeated known ones are refused.
pub fn form_bodies(data: &[u8]) {
    for spec in OPERATIONS.iter().filter(|spec| spec.body.encoding == Encoding::Form) {
        (spec.checks.body)(data);
    }
}

/// Checks a body.
pub fn check<B: Body>(bytes: &[u8]) {
    match B::ENCODING {
        Encoding::None | Encoding::Json => json_body::<B>(bytes),
        Encoding::Form => form_body::<B>(bytes),
    }
}

fn allowed(_: &str, value: &str) -> Result<(), Fault> {
    if value == FORBIDDEN { Err(Fault::new("not_writable", "is not writable for you")) } else { Ok(()) }
}

fn json_body<B: Body>(bytes: &[u8]) {
    let read = B::read(bytes, &allowed).map(drop);
    if let Err(problem) = &read {
        is_well_formed(problem);
    }
    let Ok(JsonObject { members }) = serde_json::from_slice(bytes) else {
        let nothing = (bytes.is_empty() && B::NAME.is_none()) || (is_left_out(bytes) && B::IS_OPTIONAL);
        assert!(nothing || matches!(read, Err(Problem::Malformed(_))), "{read:?}");
        return;
    };
    match read {
        Ok(()) => faults_are_those_of::<B>(&members, &Faults::default()),
        Err(Problem::Invalid(faults)) => faults_are_those_of::<B>(&members, &faults),
        Err(problem) => panic!("{problem:?}"),
    }
}

fn faults_are_those_of<B: Body>(members: &[(String, Value)], faults: &Faults) {
    let (mut first, mut duplicates) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (name, value) in members {
        if seen.insert(name) { first.push((name, value)) } else { duplicates.push(name.clone()) }
    }
    let field = |name: &str| B::FIELDS.iter().find(|field| field.name == name);
    let are = |code: &str, wanted: &dyn Fn(&str, &Value) -> bool| {
        assert_faults(faults, code, first.iter().filter(|(name, value)| wanted(name, value)).map(|(name, _)| name));
    };
    assert_faults(faults, "duplicate", duplicates);
    are("unknown", &|name, _| field(name).is_none());
    // Null counts as absent if the field is optional.
    let has_fault = |code: &str, name: &str, value: &Value| {
        field(name).is_some_and(|field| {
            let (fault, is_of_kind) = match field.kind {
                FieldKind::Text => ("not_text", value.is_string()),
                FieldKind::Flag => ("not_boolean", value.is_boolean()),
                FieldKind::Set { .. } => ("not_array", value.is_array()),
                FieldKind::Object => ("not_object", is_object(value)),
            };
            fault == code && !is_of_kind && (field.required || !value.is_null())
        })
    };
    for code in ["not_text", "not_boolean", "not_array", "not_object"] {
        are(code, &|name, value| has_fault(code, name, value));
    }
    let text_field = |name: &str| field(name).filter(|field| field.kind == FieldKind::Text);
    are("not_writable", &|name, value| text_field(name).is_some() && value == FORBIDDEN);
    let missing = B::FIELDS.iter().filter(|field| field.required && !seen.iter().any(|name| *name == field.name));
    assert_faults(faults, "required", missing.map(|field| field.name));

    // Which fault a text has depends on its type. A text that breaks the documented rule is never accepted.
    for (name, value) in first {
        let (Some(field), Some(text)) = (text_field(name), value.as_str()) else { continue };
        // Names are taken without the white space around them.
        let text = if matches!(field.name, "username" | "email" | "name") { trim(text) } else { text };
        let named =
            faults.listed().iter().filter(|fault| fault.pointer == pointer(name) && fault.code != "duplicate").count();
        assert!(named <= 1, "{faults:?}");
        let length = text.chars().count();
        let is_option = field.rule.options.is_empty() || field.rule.options.contains(&text);
        let keeps_rule = (field.rule.min..=field.rule.max).contains(&length) && is_option;
        assert!(keeps_rule || named == 1, "{name}: {text:?}");
    }
}

/// Whether it is an object, or the text of one.
fn is_object(value: &Value) -> bool {
    match value {
        Value::String(text) => serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()),
        other => other.is_object(),
    }
}

/// A form: its fields, and the sets of optional ones of which exactly one is sent.
struct Form {
    fields: &'static [Field],
    one_of: &'static [&'static [&'static str]],
}

fn form_body<B: Body>(bytes: &[u8]) {
    let sent: Vec<_> = form_urlencoded::parse(bytes).filter(|(_, value)| !value.is_empty()).collect();
    let values =
        |name: &str| sent.iter().filter(|(sent, _)| sent == name).map(|(_, value)| &**value).collect::<Vec<_>>();
    // What is not UTF-8 is refused, and never read as something else.
    let is_utf8 = encoding::fault(bytes).is_none();
    let is_broken = encoding::pairs(bytes).any(|pair| !pair.is_utf8);
    let mut forms: Vec<Form> =
        B::ALTERNATIVES.iter().map(|form| Form { fields: form.fields, one_of: form.one_of }).collect();
    if forms.is_empty() {
        forms.push(Form { fields: B::FIELDS, one_of: &[] });
    }
    let is_repeated = forms.iter().flat_map(|form| form.fields).any(|field| values(field.name).len() > 1);
    let is_present = |field: &Field| {
        let options = field.rule.options;
        matches!(values(field.name)[..], [value] if options.is_empty() || options.contains(&value))
    };
    let has_one_set = |form: &Form| {
        let sent = |set: &&&[&str]| set.iter().any(|name| !values(name).is_empty());
        let mut sets = form.one_of.iter().filter(sent);
        let whole = sets.next().is_some_and(|set| set.iter().all(|name| !values(name).is_empty()));
        form.one_of.is_empty() || whole && sets.next().is_none()
    };
    let complete = forms
        .iter()
        .find(|form| form.fields.iter().filter(|field| field.required).all(is_present) && has_one_set(form));
    match B::read(bytes, &|_, _| Ok(())) {
        Ok(body) => {
            assert!(is_utf8, "what is not UTF-8 is accepted");
            assert!(!is_repeated, "a repeated parameter is accepted");
            let Some(Form { fields, .. }) = complete else { panic!("an incomplete form is accepted: {sent:?}") };
            let read = body.parameters();
            for (name, value) in &read {
                assert_eq!(values(name), [*value], "{name}");
            }
            let is_read = |field: &Field| read.iter().any(|(name, _)| *name == field.name);
            assert!(fields.iter().filter(|field| field.required).all(is_read), "{sent:?} is read as another form");
        }
        Err(problem) => {
            is_well_formed(&problem);
            assert!(is_repeated || complete.is_none() || is_broken || !is_utf8, "{problem:?}");
        }
    }
}

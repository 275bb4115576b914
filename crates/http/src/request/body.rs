//! Bodies: every fault at once, each with its pointer. One definition of the fields of a request gives its reader, its schema
//! in the document and the properties of its form.

use crate::{
    problem::Problem,
    request::{
        encoding,
        faults::{Faults, InputFault, pointer},
        size_limits::MAX_BODY_BYTES,
        surrogates,
    },
};
use serde_json::Value;
use std::collections::HashSet;
use usher_accounts::AccountSettings;
use usher_domain::{
    Clock, Fault, JsonObject, Rule, Text, TextSet, checked,
    passkey::{MAX_CEREMONY_LENGTH, MAX_CREDENTIAL_LENGTH},
    policy::Principal,
    text::counted,
};

/// The encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// No body. An empty JSON object counts as none, for clients that always send one.
    None,
    Json,
    /// `application/x-www-form-urlencoded`, for the OAuth endpoints.
    Form,
}

impl Encoding {
    /// The media type of the body.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::None | Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// A field of a request's body.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub required: bool,
    pub kind: FieldKind,
    /// The rule of the text, or of each text of a set.
    pub rule: Rule,
    /// Its purpose, in a sentence.
    pub description: &'static str,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// An array of at least `min` different strings.
    Set { min: usize },
    /// An object whose members another standard defines. Forms send it as a string with its JSON.
    Object,
}

impl FieldKind {
    /// The rule of a field that is no text.
    pub const FLAG_RULE: Rule = Rule::free(0, 0, "");
    /// The rule of an object as text.
    pub const OBJECT_RULE: Rule = Rule::free(2, MAX_CREDENTIAL_LENGTH, r#"{"type":"public-key"}"#);

    pub const fn set<S: TextSet>() -> Self {
        Self::Set { min: S::MIN }
    }
}

/// What the encoding of a body adds, at most, to the token of a ceremony and to the credential that answers it.
const MAX_ENCODING_OVERHEAD: usize = 8 * 1024;
const _: () = assert!(MAX_CEREMONY_LENGTH + MAX_CREDENTIAL_LENGTH + MAX_ENCODING_OVERHEAD <= MAX_BODY_BYTES);

/// The name of a flag's value, as [`Writable`] gets it.
pub const fn flag_name(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

/// One of several forms of a body, with its name in the document.
#[derive(Debug, Clone, Copy)]
pub struct Alternative {
    pub name: &'static str,
    pub description: &'static str,
    pub fields: &'static [Field],
    /// Sets of optional fields. The fields of exactly one of them must be sent; none if it is empty.
    pub one_of: &'static [&'static [&'static str]],
}

/// The response to an invalid body, as the document describes it.
#[derive(Clone, Copy)]
pub struct InvalidBody {
    /// The name of the response in the document.
    pub name: &'static str,
    pub description: &'static str,
    /// The problems that it can be; each is an example.
    pub problems: fn() -> Vec<Problem>,
}

impl InvalidBody {
    /// The response to an invalid JSON body.
    const JSON: Self = Self {
        name: "InvalidInput",
        description: "The input is invalid; the response lists the faults",
        problems: || {
            let fault = InputFault::new("/email", "bad_email", "must be an e-mail address, such as ada@example.com");
            vec![Problem::invalid(fault), Problem::Malformed("The body is not a JSON object.".into())]
        },
    };
}

/// Whether the caller may write this field with this value: a text, or the name of a flag's value. A set is judged without
/// its values first, and then each value by itself. Returns what is wrong if not.
pub type Writable<'a> = &'a dyn Fn(&str, &str) -> Result<(), Fault>;

/// What a value may depend on besides its rule.
#[derive(Clone, Copy)]
pub struct ValueContext<'a> {
    pub principal: &'a Principal,
    pub settings: &'a AccountSettings,
    pub clock: &'a Clock,
}

/// The body of an operation.
pub trait Body: Sized + 'static {
    const ENCODING: Encoding;
    const FIELDS: &'static [Field];
    /// The forms of the body, if there are several; [`Self::FIELDS`] are those of the usual one.
    const ALTERNATIVES: &'static [Alternative] = &[];
    /// Why the fields are what they are, for the document.
    const DESCRIPTION: &'static str;
    /// The name of its schema in the document; `None` if there is no body.
    const NAME: Option<&'static str>;
    /// The response to an invalid body.
    const INVALID: InvalidBody = InvalidBody::JSON;
    /// Whether it may be left out: no field is required, and no body counts as one without fields.
    const IS_OPTIONAL: bool = false;

    fn read(bytes: &[u8], writable: Writable<'_>) -> Result<Self, Problem>;

    /// The parameters of a form that were read.
    #[cfg(any(test, fuzzing))]
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    /// What is wrong with a value that depends on the caller, the settings or the time. It is asked about each value, also
    /// about one that does not follow its rule, which is reported elsewhere.
    fn value_fault(_: &ValueContext<'_>, _field: &str, _value: &str) -> Option<Fault> {
        None
    }
}

impl Body for () {
    const ENCODING: Encoding = Encoding::None;
    const FIELDS: &'static [Field] = &[];
    const DESCRIPTION: &'static str = "";
    const NAME: Option<&'static str> = None;

    fn read(bytes: &[u8], writable: Writable<'_>) -> Result<Self, Problem> {
        if bytes.is_empty() {
            return Ok(());
        }
        Fields::parse(bytes, writable)?.finish(Some(()))
    }
}

/// The members of a body. They are taken one by one, and faults are collected.
pub struct Fields<'a> {
    members: Vec<(String, Value)>,
    faults: Faults,
    /// Faults of duplicate members. They come after the faults of the fields, which matter more.
    duplicates: Faults,
    writable: Writable<'a>,
}

impl<'a> Fields<'a> {
    pub fn parse(bytes: &[u8], writable: Writable<'a>) -> Result<Self, Problem> {
        let JsonObject { mut members } = object(bytes)?;
        let (mut seen, mut duplicates) = (HashSet::with_capacity(members.len()), Faults::default());
        members.retain(|(name, _)| {
            let is_first = seen.insert(name.clone());
            if !is_first {
                duplicates.add(name, "duplicate", "is duplicated");
            }
            is_first
        });
        Ok(Self { members, faults: Faults::default(), duplicates, writable })
    }

    pub fn optional<T: Text>(&mut self, name: &str) -> Option<T> {
        let value = self.take_optional(name)?;
        self.text(name, &value)
    }

    pub fn required<T: Text>(&mut self, name: &str) -> Option<T> {
        let value = self.take_required(name)?;
        self.text(name, &value)
    }

    pub fn optional_set<S: TextSet>(&mut self, name: &str) -> Option<S> {
        let value = self.take_optional(name)?;
        self.set(name, &value)
    }

    pub fn required_set<S: TextSet>(&mut self, name: &str) -> Option<S> {
        let value = self.take_required(name)?;
        self.set(name, &value)
    }

    pub fn optional_flag(&mut self, name: &str) -> Option<bool> {
        let value = self.take_optional(name)?;
        let flag = value.as_bool();
        if !self.is_writable(name, flag.map(flag_name)) {
            return None;
        }
        if flag.is_none() {
            self.faults.add(name, "not_boolean", "must be true or false");
        }
        flag
    }

    pub fn optional_object(&mut self, name: &str) -> Option<Value> {
        let value = self.take_optional(name)?;
        self.object(name, value)
    }

    pub fn required_object(&mut self, name: &str) -> Option<Value> {
        let value = self.take_required(name)?;
        self.object(name, value)
    }

    /// An object, or the object in a string.
    fn object(&mut self, name: &str, value: Value) -> Option<Value> {
        if !self.is_writable(name, None) {
            return None;
        }
        let value = match value {
            Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
            other => other,
        };
        if value.is_object() {
            return Some(value);
        }
        self.faults.add(name, "not_object", "must be an object");
        None
    }

    /// Null counts as absent: no field can be null.
    fn take_optional(&mut self, name: &str) -> Option<Value> {
        self.take(name).filter(|value| !value.is_null())
    }

    /// Adds a fault if the field is absent.
    fn take_required(&mut self, name: &str) -> Option<Value> {
        let value = self.take(name);
        if value.is_none() {
            self.faults.add(name, "required", "is required");
        }
        value
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.remove(at).1)
    }

    fn text<T: Text>(&mut self, name: &str, value: &Value) -> Option<T> {
        let raw = value.as_str();
        if !self.is_writable(name, raw) {
            return None;
        }
        let Some(raw) = raw else {
            self.faults.add(name, "not_text", "must be a string");
            return None;
        };
        checked(raw).map_err(|fault| self.faults.add_fault(name, fault)).ok()
    }

    /// Each fault of a value has the pointer of that value. A value that others require is missing from the whole set.
    fn set<S: TextSet>(&mut self, name: &str, value: &Value) -> Option<S> {
        if !self.is_writable(name, None) {
            return None;
        }
        let Some(values) = value.as_array() else {
            self.faults.add(name, "not_array", "must be an array of strings");
            return None;
        };
        let mut items = Vec::<S::Item>::new();
        let mut is_whole = values.len() >= S::MIN;
        for (position, value) in values.iter().enumerate() {
            let item = match value.as_str() {
                None => Err(Fault::new("not_text", "must be a string")),
                Some(text) => checked::<S::Item>(text),
            };
            let fault = match item {
                Ok(item) if items.contains(&item) => Err(Fault::new("duplicate", "is duplicated")),
                Ok(item) => {
                    items.push(item);
                    (self.writable)(name, value.as_str().unwrap_or_default())
                }
                Err(fault) => Err(fault),
            };
            if let Err(fault) = fault {
                self.faults.add_at(name, position, fault);
                is_whole = false;
            }
        }
        if values.len() < S::MIN {
            self.faults.add(name, "too_few", format!("must have at least {}", counted(S::MIN, "value")));
        }
        let set = S::from_iter(items);
        let missing = set.missing();
        for needed in &missing {
            self.faults.add(
                name,
                "missing_requirement",
                format!("must also have {needed}, which others in it require"),
            );
        }
        (is_whole && missing.is_empty()).then_some(set)
    }

    /// Whether the caller may write the field with this value; otherwise adds the fault. A value of the wrong type is never
    /// the current value.
    fn is_writable(&mut self, name: &str, value: Option<&str>) -> bool {
        let writable = (self.writable)(name, value.unwrap_or_default());
        writable.map_err(|fault| self.faults.add_fault(name, fault)).is_ok()
    }

    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        let Self { members, mut faults, duplicates, .. } = self;
        faults.extend(duplicates);
        for (name, _) in &members {
            faults.add(name, "unknown", "is not a field of this request");
        }
        match value {
            Some(value) if faults.is_empty() => Ok(value),
            _ => Err(Problem::Invalid(faults)),
        }
    }
}

/// The members of the body. The fault of another JSON value does not repeat the value, which may be long.
fn object(bytes: &[u8]) -> Result<JsonObject, Problem> {
    let malformed = |detail: String| Problem::Malformed(detail.into());
    if let Some(fault) = encoding::fault(bytes) {
        return Err(malformed(fault));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        malformed(if error.is_data() {
            "The body must be a JSON object, not another JSON value.".to_owned()
        } else if let Some(unpaired) = unpaired_surrogate(bytes, &error) {
            unpaired
        } else {
            format!("The body is not a JSON object: {error}.")
        })
    })
}

/// A sentence about half of a surrogate pair, if that is what the parser refuses.
fn unpaired_surrogate(bytes: &[u8], error: &serde_json::Error) -> Option<String> {
    if !error.to_string().contains("hex escape") {
        return None;
    }
    let found = surrogates::unpaired_surrogate(str::from_utf8(bytes).ok()?)?;
    let (line, column) = (error.line(), error.column());
    let place = found.member.map_or_else(|| "a name".to_owned(), |member| format!("`{}`", pointer(member)));
    Some(format!(
        "The body is not a JSON object of Unicode texts: `{}` in {place} is half of a surrogate pair (line {line} column {column}).",
        found.escape
    ))
}

/// The value, if all of its fields could be read: `?` in `read` returns `None` for a missing one.
pub fn if_complete<T>(read: impl FnOnce() -> Option<T>) -> Option<T> {
    read()
}

/// Whether there is no body. Generated clients send `null` for one that is left out.
pub fn is_left_out(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"null")
}

/// Defines the body of a request: for each field its mode, name and type. The modes are `required` and `optional` for texts,
/// `required_set` and `optional_set` for sets of texts, `required_object` and `optional_object`, and `optional_flag`. With
/// `or nothing` the body may be left out. `checked by` names a function as [`Body::value_fault`].
macro_rules! request {
    (@field required $type:ty) => { $type };
    (@field required_set $type:ty) => { $type };
    (@field required_object $type:ty) => { $type };
    (@field $optional:ident $type:ty) => { Option<$type> };
    (@value required $value:ident) => { $value? };
    (@value required_set $value:ident) => { $value? };
    (@value required_object $value:ident) => { $value? };
    (@value $optional:ident $value:ident) => { $value };
    (@required required) => { true };
    (@required required_set) => { true };
    (@required required_object) => { true };
    (@required $optional:ident) => { false };
    (@kind required $type:ty) => { $crate::request::body::FieldKind::Text };
    (@kind optional $type:ty) => { $crate::request::body::FieldKind::Text };
    (@kind optional_flag $type:ty) => { $crate::request::body::FieldKind::Flag };
    (@kind required_object $type:ty) => { $crate::request::body::FieldKind::Object };
    (@kind optional_object $type:ty) => { $crate::request::body::FieldKind::Object };
    (@kind $set:ident $type:ty) => { $crate::request::body::FieldKind::set::<$type>() };
    (@rule required $type:ty) => { <$type as usher_domain::Text>::RULE };
    (@rule optional $type:ty) => { <$type as usher_domain::Text>::RULE };
    (@rule optional_flag $type:ty) => { $crate::request::body::FieldKind::FLAG_RULE };
    (@rule required_object $type:ty) => { $crate::request::body::FieldKind::OBJECT_RULE };
    (@rule optional_object $type:ty) => { $crate::request::body::FieldKind::OBJECT_RULE };
    (@rule $set:ident $type:ty) => { <<$type as usher_domain::TextSet>::Item as usher_domain::Text>::RULE };
    (@optional) => { false };
    (@optional nothing) => { true };
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident as $schema:literal $(or $nothing:ident)? $(checked by $check:path)? {
            $( $(#[doc = $doc:literal])* $mode:ident $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug)]
        pub struct $name { $( $(#[doc = $doc])* pub $field: $crate::request::body::request!(@field $mode $type) ),+ }

        impl $crate::request::body::Body for $name {
            const ENCODING: $crate::request::body::Encoding = $crate::request::body::Encoding::Json;
            const NAME: Option<&'static str> = Some($schema);
            const DESCRIPTION: &'static str = concat!($($about),*).trim_ascii();
            const IS_OPTIONAL: bool = $crate::request::body::request!(@optional $($nothing)?);
            const FIELDS: &'static [$crate::request::body::Field] = &[$(
                $crate::request::body::Field {
                    name: stringify!($field),
                    required: $crate::request::body::request!(@required $mode),
                    kind: $crate::request::body::request!(@kind $mode $type),
                    rule: $crate::request::body::request!(@rule $mode $type),
                    description: concat!($($doc),*).trim_ascii(),
                }
            ),+];

            fn read(bytes: &[u8], writable: $crate::request::body::Writable<'_>) -> Result<Self, $crate::problem::Problem> {
                let bytes = if Self::IS_OPTIONAL && $crate::request::body::is_left_out(bytes) { b"{}" } else { bytes };
                let mut fields = $crate::request::body::Fields::parse(bytes, writable)?;
                $( let $field = fields.$mode(stringify!($field)); )+
                let value = $crate::request::body::if_complete(|| {
                    Some(Self { $( $field: $crate::request::body::request!(@value $mode $field) ),+ })
                });
                fields.finish(value)
            }

            $(
                fn value_fault(
                    context: &$crate::request::body::ValueContext<'_>,
                    field: &str,
                    value: &str,
                ) -> Option<usher_domain::Fault> {
                    $check(context, field, value)
                }
            )?
        }
    };
}
pub(crate) use request;

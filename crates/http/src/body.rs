//! Bodies: every fault at once, each with its pointer. One definition of a request's fields gives its reader, its schema in
//! the document and the properties of its form.

use crate::problem::{InputFault, Problem, pointer};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use usher_domain::{Rule, Text, checked};

/// How a request's body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// No body; an empty JSON object is taken for none, for clients that always send one.
    None,
    Json,
    /// `application/x-www-form-urlencoded`, as the OAuth endpoints want it.
    Form,
}

impl Encoding {
    /// The media type that a body has.
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
    pub rule: Rule,
    /// What it is for, in a sentence.
    pub description: &'static str,
}

/// One of several forms that a body can take, each with a name in the document.
#[derive(Debug, Clone, Copy)]
pub struct Alternative {
    pub name: &'static str,
    pub description: &'static str,
    pub fields: &'static [Field],
}

/// May the caller write this field, given the value sent?
pub type Writable<'a> = &'a dyn Fn(&str, &str) -> bool;

/// What an operation takes.
pub trait Body: Sized + 'static {
    const ENCODING: Encoding;
    const FIELDS: &'static [Field];
    /// The forms that the body can take, where it is not always the same; [`Self::FIELDS`] are those of the usual one.
    const ALTERNATIVES: &'static [Alternative] = &[];
    /// Why the fields are what they are, for the document.
    const DESCRIPTION: &'static str;
    /// The schema's name in the document; none where there is no body.
    const NAME: Option<&'static str>;

    fn read(bytes: &[u8], writable: Writable<'_>) -> Result<Self, Problem>;
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

/// A JSON object in the order it was sent, doubles kept so that they can be named. An array is refused.
pub struct Members(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The members of a body, taken one by one; faults gather on the way.
pub struct Fields<'a> {
    members: Vec<(String, Value)>,
    faults: Vec<InputFault>,
    writable: Writable<'a>,
}

impl<'a> Fields<'a> {
    pub fn parse(bytes: &[u8], writable: Writable<'a>) -> Result<Self, Problem> {
        let Members(all) = serde_json::from_slice(bytes)
            .map_err(|error| Problem::Malformed(format!("The body is not a JSON object: {error}.").into()))?;
        let mut fields = Self { members: Vec::with_capacity(all.len()), faults: Vec::new(), writable };
        for (name, value) in all {
            if fields.members.iter().any(|(known, _)| *known == name) {
                fields.fault(&name, "duplicate", "is there twice");
            } else {
                fields.members.push((name, value));
            }
        }
        Ok(fields)
    }

    fn fault(&mut self, name: &str, code: &'static str, detail: &'static str) {
        self.faults.push(InputFault::new(pointer(name), code, detail));
    }

    pub fn optional<T: Text>(&mut self, name: &str) -> Option<T> {
        let at = self.members.iter().position(|(member, _)| member == name)?;
        let (_, value) = self.members.swap_remove(at);
        let raw = value.as_str();
        // What is no text is nobody's present value.
        if !(self.writable)(name, raw.unwrap_or_default()) {
            self.fault(name, "not_writable", "may not be written by you");
            return None;
        }
        let Some(raw) = raw else {
            self.fault(name, "not_text", "must be a string");
            return None;
        };
        checked(raw).map_err(|fault| self.faults.push(InputFault::of(name, fault))).ok()
    }

    pub fn required<T: Text>(&mut self, name: &str) -> Option<T> {
        if !self.members.iter().any(|(member, _)| member == name) {
            self.fault(name, "required", "is required");
        }
        self.optional(name)
    }

    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Problem> {
        for (name, _) in std::mem::take(&mut self.members) {
            self.fault(&name, "unknown", "is not a field of this request");
        }
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::Invalid(self.faults)),
        }
    }
}

/// A value whose parts may be missing, for `?` to say so.
pub fn whole<T>(parts: impl FnOnce() -> Option<T>) -> Option<T> {
    parts()
}

/// A request's fields, said once: `required` or `optional`, name, type.
macro_rules! request {
    (@field required $type:ty) => { $type };
    (@field optional $type:ty) => { Option<$type> };
    (@value required $value:ident) => { $value? };
    (@value optional $value:ident) => { $value };
    (@required required) => { true };
    (@required optional) => { false };
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident as $schema:literal {
            $( $(#[doc = $doc:literal])* $mode:ident $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Debug)]
        pub struct $name { $( $(#[doc = $doc])* pub $field: $crate::body::request!(@field $mode $type) ),+ }

        impl $crate::body::Body for $name {
            const ENCODING: $crate::body::Encoding = $crate::body::Encoding::Json;
            const NAME: Option<&'static str> = Some($schema);
            const DESCRIPTION: &'static str = concat!($($about),*).trim_ascii();
            const FIELDS: &'static [$crate::body::Field] = &[$(
                $crate::body::Field {
                    name: stringify!($field),
                    required: $crate::body::request!(@required $mode),
                    rule: <$type as usher_domain::Text>::RULE,
                    description: concat!($($doc),*).trim_ascii(),
                }
            ),+];

            fn read(bytes: &[u8], writable: $crate::body::Writable<'_>) -> Result<Self, $crate::problem::Problem> {
                let mut fields = $crate::body::Fields::parse(bytes, writable)?;
                $( let $field = fields.$mode::<$type>(stringify!($field)); )+
                let value = $crate::body::whole(|| Some(Self { $( $field: $crate::body::request!(@value $mode $field) ),+ }));
                fields.finish(value)
            }
        }
    };
}
pub(crate) use request;

//! Parameters of paths and query strings: one definition gives the reader, the links and the document.

use crate::operation::schema::{self, NamedSchema};
use std::borrow::Cow;
use usher_domain::Rule;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use uuid::Uuid;

/// A parameter, as the document describes it.
#[derive(Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub description: &'static str,
    pub schema: ParameterSchema,
    /// Only parameters in paths have one. Swagger UI fills in examples beforehand and sends them, also those of optional
    /// parameters.
    pub example: Option<&'static str>,
    /// Whether it selects what is shown, rather than a page of it.
    pub filters: bool,
}

#[derive(Clone, Copy)]
pub enum ParameterSchema {
    /// A schema with a name of its own.
    Named(fn() -> NamedSchema),
    Inline(fn() -> Schema),
}

/// A value in a query string, or a name in a path.
pub trait QueryValue: Sized {
    const SCHEMA: ParameterSchema;
    /// The code of the fault of an invalid value.
    const FAULT: &'static str;

    /// The detail of the fault of an invalid value.
    fn detail() -> Cow<'static, str>;
    fn read(text: &str) -> Option<Self>;
    fn write(&self) -> String;
}

impl Parameter {
    /// A filter of a list.
    pub const fn filter<T: QueryValue>(name: &'static str, description: &'static str) -> Self {
        Self { name, description, schema: T::SCHEMA, example: None, filters: true }
    }

    /// An id in a path.
    pub const fn id(name: &'static str, description: &'static str, example: &'static str) -> Self {
        Self { name, description, schema: ParameterSchema::Inline(uuid), example: Some(example), filters: false }
    }

    /// A name in a path.
    pub const fn name<T: QueryValue>(name: &'static str, description: &'static str, example: &'static str) -> Self {
        Self { name, description, schema: T::SCHEMA, example: Some(example), filters: false }
    }
}

/// The template of the query string (RFC 6570 §3.2.8): the filters, and the position of the page of a list. `None` if there are
/// no filters.
pub fn search_template(parameters: &[Parameter]) -> Option<String> {
    let filters: Vec<_> = parameters.iter().filter(|parameter| parameter.filters).collect();
    if filters.is_empty() {
        return None;
    }
    let of_a_page = ["limit", "offset"].into_iter().filter(|name| parameters.iter().any(|known| known.name == *name));
    let names: Vec<_> = filters.iter().map(|parameter| parameter.name).chain(of_a_page).collect();
    Some(format!("{{?{}}}", names.join(",")))
}

pub fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

pub fn integer(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(format)))
}

fn uuid() -> Schema {
    string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).build().into()
}

impl QueryValue for Uuid {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(uuid);
    const FAULT: &'static str = "not_a_uuid";

    fn detail() -> Cow<'static, str> {
        "must be a UUID".into()
    }

    /// In its usual form alone (RFC 9562 §4).
    fn read(text: &str) -> Option<Self> {
        if text.len() == 36 { Self::parse_str(text).ok() } else { None }
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// The id of the user in all examples.
pub const EXAMPLE_USER: &str = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

/// What is wrong with a value that is not among these.
pub fn must_be_one_of(names: &[&str]) -> Cow<'static, str> {
    format!("must be one of: {}", names.join(", ")).into()
}

/// Implements [`QueryValue`] for an enum with names: its schema, and how to read and write it.
macro_rules! named_query_value {
    ($type:ty, $schema:expr) => {
        impl $crate::operation::parameter::QueryValue for $type {
            const SCHEMA: $crate::operation::parameter::ParameterSchema =
                $crate::operation::parameter::ParameterSchema::Named($schema);
            const FAULT: &'static str = "unknown_option";

            fn detail() -> std::borrow::Cow<'static, str> {
                $crate::operation::parameter::must_be_one_of(Self::NAMES)
            }

            fn read(text: &str) -> Option<Self> {
                Self::from_name(text)
            }

            fn write(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}

pub(crate) use named_query_value;

/// The named schema of a text that follows a rule.
pub fn named_text(name: &str, rule: &Rule, about: &str) -> NamedSchema {
    (name.to_owned(), RefOr::T(schema::text(rule, about).into()))
}

//! A value of a field, before it is checked.

use crate::values::is_absent;
use serde_json::Number;
use std::borrow::Cow;

/// A value as the file has it.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value<'a> {
    /// The file has none: no such column, an empty cell, a null.
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Flag(bool),
    Number(Number),
    /// An array or object of JSON, which no field has.
    Nested,
}

impl<'a> Value<'a> {
    /// The value of a cell of a table, without the white space around it.
    pub fn of_cell(cell: &'a str) -> Self {
        match cell.trim() {
            text if is_absent(text) => Self::Absent,
            text => text.into(),
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<&'a serde_json::Value> for Value<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Absent,
            serde_json::Value::Bool(flag) => (*flag).into(),
            serde_json::Value::Number(number) => Self::Number(number.clone()),
            serde_json::Value::String(text) => text.as_str().into(),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => Self::Nested,
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

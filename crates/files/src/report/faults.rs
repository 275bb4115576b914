//! The faults of a record.

use crate::{user::Value, values};
use chrono::{DateTime, Utc};
use std::fmt;
use usher_domain::Fault;

/// The faults of a record, without its values: one of them is a secret.
#[derive(Default, Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<String>);

impl Faults {
    pub fn add(&mut self, fault: String) {
        self.0.push(fault);
    }

    pub fn add_to<T>(&mut self, field: &str, detail: &str) -> Option<T> {
        self.add(format!("{field} {detail}"));
        None
    }

    /// An empty text counts as absent.
    pub fn optional<T>(
        &mut self,
        field: &str,
        value: &Value<'_>,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match value {
            Value::Text(text) if text.is_empty() => None,
            value => self.text(field, value, read),
        }
    }

    pub fn required<T>(
        &mut self,
        field: &str,
        value: &Value<'_>,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match value {
            Value::Absent => self.add_to(field, "is missing"),
            value => self.text(field, value, read),
        }
    }

    fn text<T>(&mut self, field: &str, value: &Value<'_>, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        match value {
            Value::Absent => None,
            Value::Text(text) => self.take(field, read(text)),
            _ => self.add_to(field, "must be a string"),
        }
    }

    /// An absent value counts as false.
    pub fn flag(&mut self, field: &str, value: &Value<'_>) -> bool {
        let flag = match value {
            Value::Absent => Some(false),
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) => values::flag(text),
            Value::Number(number) => values::flag(&number.to_string()),
            Value::Nested => None,
        };
        flag.unwrap_or_else(|| self.add_to(field, "must be true or false").unwrap_or(false))
    }

    pub fn time(&mut self, field: &str, value: &Value<'_>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match value {
            Value::Number(number) => self.take(field, values::time_of_number(number, now)),
            value => self.optional(field, value, |text| values::time(text, now)).flatten(),
        }
    }

    /// The value, or `None` and its fault.
    fn take<T>(&mut self, field: &str, result: Result<T, Fault>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => self.add_to(field, &fault.detail),
        }
    }

    /// Each fault.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The value, if there is no fault.
    ///
    /// # Errors
    /// All faults.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Self> {
        value.filter(|_| self.0.is_empty()).ok_or(self)
    }
}

impl From<String> for Faults {
    fn from(fault: String) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

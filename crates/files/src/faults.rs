//! The faults of a line.

use serde_json::Value;
use usher_domain::Fault;

/// The faults of a line, without its values: one of them is a secret.
#[derive(Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    pub(crate) fn add(&mut self, fault: String) {
        self.0.push(fault);
    }

    pub(crate) fn add_to<T>(&mut self, field: &str, detail: &str) -> Option<T> {
        self.add(format!("{field} {detail}"));
        None
    }

    pub(crate) fn optional<T>(
        &mut self,
        field: &str,
        value: &Value,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match value {
            Value::Null => None,
            Value::String(text) => match read(text) {
                Ok(value) => Some(value),
                Err(fault) => self.add_to(field, &fault.detail),
            },
            _ => self.add_to(field, "must be a string"),
        }
    }

    pub(crate) fn required<T>(
        &mut self,
        field: &str,
        value: &Value,
        read: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        match value {
            Value::Null => self.add_to(field, "is missing"),
            value => self.optional(field, value, read),
        }
    }

    /// A null counts as false.
    pub(crate) fn flag(&mut self, field: &str, value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            _ => self.add_to(field, "must be true or false").unwrap_or(false),
        }
    }

    /// The value, if there is no fault.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, String> {
        value.filter(|_| self.0.is_empty()).ok_or_else(|| self.0.join("; "))
    }
}

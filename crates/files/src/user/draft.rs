//! What a source fills in for one user.

use super::{Field, Value};
use crate::{
    report::{Faults, quoted},
    sources::Settings,
};

/// A user in the making: the values that a source has found for the fields, which are not checked yet.
#[derive(Default)]
pub struct Draft<'a> {
    pub(super) values: [Value<'a>; Field::ALL.len()],
    pub(super) faults: Faults,
    left_behind: Vec<&'static str>,
    skipped: Option<&'static str>,
    has_unknown: bool,
}

impl<'a> Draft<'a> {
    /// Sets a field. The value is checked later, the same for all sources: a flag may be `true`, `t`, `1` or `yes`, a time
    /// RFC 3339 or a number of seconds or milliseconds, a password hash any text that `usher_auth::imported_hashes::read`
    /// takes.
    pub fn set(&mut self, field: Field, value: impl Into<Value<'a>>) {
        self.values[field as usize] = value.into();
    }

    /// The value that a field has so far.
    pub fn get(&self, field: Field) -> &Value<'a> {
        &self.values[field as usize]
    }

    /// Refuses the user. The reason must not have a secret or an unescaped text of the file.
    pub fn refuse(&mut self, field: Field, reason: &str) {
        self.faults.add_to::<()>(field.name(), reason);
    }

    /// Counts something of the user that cannot come along, such as `second factors`; it is reported once for all users.
    pub fn leave_behind(&mut self, what: &'static str) {
        self.left_behind.push(what);
    }

    /// Passes over the record, which is no user, such as `service accounts`; it is reported once for all of them.
    pub fn skip(&mut self, what: &'static str) {
        self.skipped = Some(what);
    }

    /// What cannot come along, and what the record is if it is no user.
    pub(crate) fn notes(&mut self) -> (Vec<&'static str>, Option<&'static str>) {
        (std::mem::take(&mut self.left_behind), self.skipped)
    }

    /// Refuses the record because of a key that nobody knows.
    pub(crate) fn refuse_unknown(&mut self, key: &str) {
        self.has_unknown = true;
        self.faults.add(format!("unknown key {}", quoted(key)));
    }

    /// Whether the record has a key that nobody knows, and that is refused.
    pub(crate) fn has_unknown(&self) -> bool {
        self.has_unknown
    }

    /// Sets a field that `--column` has given a column.
    pub(crate) fn set_mapped(&mut self, field: Field, value: Value<'a>, settings: &'a Settings) {
        let value = match value {
            Value::Text(text) if field == Field::Role => {
                settings.role([&*text]).map_or(Value::Text(text.clone()), Value::from)
            }
            value => value,
        };
        self.set(field, value);
    }
}

#[cfg(test)]
impl Draft<'_> {
    /// All that it has, for tests; only the beginnings of secrets.
    pub fn summary(&self) -> String {
        if let Some(what) = self.skipped {
            return format!("skipped: {what}");
        }
        let value = |field: Field| {
            let text = match &self.values[field as usize] {
                Value::Absent => return None,
                Value::Text(text) => text.to_string(),
                Value::Flag(flag) => flag.to_string(),
                Value::Number(number) => number.to_string(),
                Value::Nested => "nested".to_owned(),
            };
            let is_hash = field == Field::PasswordHash;
            let text = if is_hash { text.chars().take(8).chain(['…']).collect() } else { text };
            Some(format!("{}={text}", field.name()))
        };
        let left = self.left_behind.iter().map(|what| format!("without {what}"));
        let faults = self.faults.iter().map(|fault| format!("but {fault}"));
        Field::ALL.into_iter().filter_map(value).chain(left).chain(faults).collect::<Vec<_>>().join(" ")
    }
}

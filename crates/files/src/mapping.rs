//! What the person who imports says about columns and keys: `--column theirs=ours`.

use crate::{report::REASON, sources::normalized, user::Field};
use serde_json::{Map, Value};

/// What a column or key of the file means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    Field(Field),
    /// It is ignored.
    Ignored,
}

/// The columns and keys that have been given a meaning.
#[derive(Default)]
pub struct Mapping {
    /// The name as it was given, normalized, and what it means.
    entries: Vec<(String, String, Meaning)>,
    ignores_unknown: bool,
}

impl Mapping {
    /// Adds `theirs=ours`. Without `ours`, the column is ignored.
    ///
    /// # Errors
    /// There is no such field.
    pub fn add(&mut self, theirs: &str, ours: &str) -> Result<(), String> {
        let meaning = match ours.trim() {
            "" => Meaning::Ignored,
            ours => Meaning::Field(Field::from_name(ours).ok_or_else(|| {
                let fields = Field::ALL.map(Field::name).join(", ");
                format!("there is no field {ours:?}; the fields are {fields}")
            })?),
        };
        self.entries.push((theirs.trim().to_owned(), normalized(theirs), meaning));
        Ok(())
    }

    /// Ignores all that nobody knows.
    pub fn ignore_unknown(&mut self) {
        self.ignores_unknown = true;
    }

    pub(crate) fn ignores_unknown(&self) -> bool {
        self.ignores_unknown
    }

    /// The meaning of a column, by its normalized name. The reasons in a file of rejected lines are always ignored.
    pub(crate) fn of_column(&self, name: &str) -> Option<Meaning> {
        let entry = self.entries.iter().find(|(_, normal, _)| normal == name);
        entry.map(|(.., meaning)| *meaning).or_else(|| (name == REASON).then_some(Meaning::Ignored))
    }

    /// The meaning of a key of an object.
    pub(crate) fn of_key(&self, key: &str) -> Option<Meaning> {
        let entry = self.entries.iter().find(|(theirs, ..)| theirs == key);
        entry.map(|(.., meaning)| *meaning).or_else(|| (key == REASON).then_some(Meaning::Ignored))
    }

    /// Takes the values that have a field of their own out of an object. A name may be a path, such as `profile.email`, and
    /// need not name the member of a source in which the fields are.
    pub(crate) fn take(&self, object: &mut Map<String, Value>, inner: Option<&str>) -> Vec<(Field, Value)> {
        let mut taken = Vec::new();
        for (theirs, _, meaning) in &self.entries {
            let value = object
                .remove(theirs)
                .or_else(|| at_path(object, theirs))
                .or_else(|| at_path(object.get_mut(inner?)?.as_object_mut()?, theirs));
            if let (Meaning::Field(field), Some(value)) = (meaning, value) {
                taken.push((*field, value));
            }
        }
        taken
    }
}

/// Takes the value at a path out of an object.
fn at_path(object: &mut Map<String, Value>, path: &str) -> Option<Value> {
    match path.split_once('.') {
        Some((first, rest)) => at_path(object.get_mut(first)?.as_object_mut()?, rest),
        None => object.remove(path),
    }
}

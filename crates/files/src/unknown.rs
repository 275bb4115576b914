//! The columns and keys that nobody knows.

use crate::{report::quoted, user::Field};
use std::collections::BTreeSet;

/// Maximum number of names that are kept.
const MAX_NAMES: usize = 100;

/// The names that were found, each once.
#[derive(Default)]
pub struct Unknown(BTreeSet<String>);

impl Unknown {
    pub fn add(&mut self, name: &str) {
        if self.0.len() < MAX_NAMES && !self.0.contains(name) {
            self.0.insert(name.to_owned());
        }
    }

    /// The names, escaped.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|name| quoted(name)).collect()
    }
}

/// The fault of a file whose columns or keys are not all known; `names` are escaped.
pub fn fault(what: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    let known = Field::ALL.map(Field::name).join(", ");
    format!(
        "unknown {what}{plural} {}; the {what}s are {known}; say what is what with --column THEIRS=OURS, ignore one with \
         --column THEIRS= or all with --ignore-unknown, or name the system that wrote the file with --from",
        names.join(", ")
    )
}

//! What the person who imports says about the file.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use usher_auth::imported_hashes::FirebaseParameters;

/// Settings that sources read.
#[derive(Default)]
pub struct Settings {
    /// Our role for each role or group of theirs.
    pub roles: BTreeMap<String, String>,
    /// The parameters of the Firebase project.
    pub firebase: Option<FirebaseParameters>,
    /// The time of the import.
    pub now: DateTime<Utc>,
}

impl Settings {
    /// Our role for the first of these roles that has one.
    pub fn role<'a>(&self, theirs: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        theirs.into_iter().find_map(|role| self.roles.get(role)).map(String::as_str)
    }
}

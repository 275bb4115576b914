//! Why a command ends without success, in words for whoever typed it.

use std::fmt::{self, Display};

/// A sentence that names what is at fault, and the setting that mends it where there is one.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// What went wrong, and while doing what.
    pub fn during(what: &str, error: impl Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

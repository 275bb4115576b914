//! The failure of a command, as it is printed on standard error.

use std::fmt::Display;

/// A sentence that names the problem, and the setting that would fix it if there is one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// Turns an error into a failure.
pub trait Context<T> {
    /// A failure with the context and the error.
    fn context(self, subject: impl Display) -> Result<T, Failure>;
    /// The failure is the text of the error.
    fn or_fail(self) -> Result<T, Failure>;
}

impl<T, E: Display> Context<T> for Result<T, E> {
    fn context(self, subject: impl Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{subject}: {error}")))
    }

    fn or_fail(self) -> Result<T, Failure> {
        self.map_err(|error| Failure(error.to_string()))
    }
}

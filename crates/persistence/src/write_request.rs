//! The parameters of a write.

use crate::Error;
use std::sync::Arc;
use usher_domain::policy::{Action, Principal};
use uuid::Uuid;

/// Where a request came from, for the audit trail.
#[derive(Debug, Clone, Default)]
pub struct RequestMetadata {
    pub request_id: Option<Uuid>,
    /// The client's address, as text.
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A condition on the version of the row that is written (`If-Match`, RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    #[default]
    None,
    /// The row has one of these versions; an empty list never holds.
    Versions(Vec<i64>),
}

impl Precondition {
    /// Checks it for a row of this version.
    ///
    /// # Errors
    /// [`Error::Changed`].
    pub(crate) fn check(&self, version: i64) -> Result<(), Error> {
        match self {
            Self::Versions(versions) if !versions.contains(&version) => Err(Error::Changed),
            Self::None | Self::Versions(_) => Ok(()),
        }
    }
}

/// A request for a write: who makes it, which action it is, and under which condition.
#[derive(Debug, Clone)]
pub struct WriteRequest {
    pub actor: Principal,
    /// The id of the key that signed the actor's token.
    pub kid: Option<Arc<str>>,
    pub action: Action,
    pub precondition: Precondition,
    pub metadata: RequestMetadata,
}

impl WriteRequest {
    /// The same without its condition, for a write that checks the condition later.
    pub(crate) fn unconditional(&self) -> Self {
        Self { precondition: Precondition::None, ..self.clone() }
    }

    /// An anonymous request.
    pub fn anonymous(action: Action, metadata: RequestMetadata) -> Self {
        Self { actor: Principal::Anonymous, kid: None, action, precondition: Precondition::None, metadata }
    }
}

//! What can go wrong between a question and its answer.

use crate::sqlstate::{Fault, fault};
use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_async::pooled_connection::deadpool::PoolError;
use std::time::Duration;
use usher_domain::policy::{ConflictReason, Decision};

/// Why the database did not answer, or would not.
#[derive(Debug)]
pub enum Error {
    /// The text that says where it is cannot be read.
    Url(String),
    /// It is away, restarting, full or too slow. Nothing was written; asking again later may succeed.
    Unavailable(String),
    /// The connection was lost. Asking again, on another connection, may succeed at once; whether a commit that was under way
    /// took effect is not known.
    ConnectionLost(String),
    /// It takes no writes: it is a standby, or a primary that was made read-only.
    ReadOnly(String),
    /// Two writes stood in each other's way; tried again a few times before it is said.
    Contended,
    /// The policy refuses, judged by the rows as they stand at the moment of writing.
    Refused(Decision),
    /// The caller's precondition does not hold: the row has changed meanwhile.
    Changed,
    /// The password that was proved is no longer the user's.
    ProofOutdated,
    /// The mailed token has expired, was used, was made for something else, or never was.
    TokenInvalid,
    UsernameTaken,
    EmailTaken,
    /// Too many guesses have failed; `wait` until the next one is heard. `first`: none was refused since the last failure.
    TooManyAttempts {
        wait: Duration,
        first: bool,
    },
    /// The schema is not that of this version and could not be brought to it; a sentence.
    Migration(String),
    /// A fault of ours.
    Unexpected(DieselError),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(why) => {
                write!(f, "not a connection string such as postgres://user:password@host/database: {why}")
            }
            Self::Unavailable(why) => write!(f, "the database is not available: {why}"),
            Self::ConnectionLost(why) => write!(f, "the connection to the database was lost: {why}"),
            Self::ReadOnly(why) => write!(f, "the database takes no writes: {why}"),
            Self::Contended => f.write_str("writes stood in each other's way"),
            Self::Refused(decision) => write!(f, "refused: {decision:?}"),
            Self::Changed => f.write_str("changed meanwhile"),
            Self::ProofOutdated => f.write_str("the password changed meanwhile"),
            Self::TokenInvalid => f.write_str("the mailed token is not valid"),
            Self::UsernameTaken => f.write_str("the username is taken"),
            Self::EmailTaken => f.write_str("the e-mail address is taken"),
            Self::TooManyAttempts { wait, .. } => write!(f, "too many guesses have failed; wait {} s", wait.as_secs()),
            Self::Migration(why) => f.write_str(why),
            Self::Unexpected(error) => write!(f, "unexpected answer of the database: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Why, where the database cannot serve at the moment: asking again later may succeed.
    pub fn outage(&self) -> Option<&str> {
        match self {
            Self::Unavailable(why) | Self::ConnectionLost(why) | Self::ReadOnly(why) => Some(why),
            _ => None,
        }
    }

    /// The error that a labelled text of the database tells of, where the statement is not at fault.
    fn from_fault(fault: Fault, text: &str) -> Self {
        match fault {
            Fault::Contention => Self::Contended,
            Fault::ReadOnly => Self::ReadOnly(text.to_owned()),
            Fault::ConnectionLost => Self::ConnectionLost(text.to_owned()),
            Fault::Unavailable => Self::Unavailable(text.to_owned()),
        }
    }

    /// Why the schema could not be brought to this version.
    pub(crate) fn migration(why: String) -> Self {
        match fault(&why) {
            Some(Fault::Contention) | None => Self::Migration(why),
            Some(fault) => Self::from_fault(fault, &why),
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::BrokenTransactionManager
                | DieselError::RollbackErrorOnCommit { .. }
                | DieselError::AlreadyInTransaction
                | DieselError::NotInTransaction => Self::ConnectionLost(error.to_string()),
                other => Self::Unexpected(other),
            };
        };
        match (kind, info.constraint_name()) {
            (DatabaseErrorKind::UniqueViolation, Some("users_username_taken")) => Self::UsernameTaken,
            (DatabaseErrorKind::UniqueViolation, Some("users_email_taken")) => Self::EmailTaken,
            (DatabaseErrorKind::CheckViolation, Some("users_last_admin")) => {
                Self::Refused(Decision::Conflict(ConflictReason::LastAdmin))
            }
            // Not from the server: the driver says that the connection has ended.
            (DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
                Self::ConnectionLost(info.message().to_owned())
            }
            _ => match fault(info.message()) {
                Some(fault) => Self::from_fault(fault, info.message()),
                None => Self::Unexpected(error),
            },
        }
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::InvalidConnectionUrl(why) => Self::Url(why),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

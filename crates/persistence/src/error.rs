//! What can go wrong between a question and its answer.

use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_async::pooled_connection::deadpool::PoolError;
use std::time::Duration;
use usher_domain::policy::{Decision, Obstacle};

/// Why the database did not answer, or would not.
#[derive(Debug)]
pub enum Error {
    /// The text that says where it is cannot be read.
    Url(String),
    /// It is away, restarting, full or too slow. Nothing was written; asking again later may succeed.
    Unavailable(String),
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

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::BrokenTransactionManager
                | DieselError::RollbackErrorOnCommit { .. }
                | DieselError::AlreadyInTransaction
                | DieselError::NotInTransaction => Self::Unavailable(error.to_string()),
                other => Self::Unexpected(other),
            };
        };
        match (kind, info.constraint_name()) {
            (DatabaseErrorKind::UniqueViolation, Some("users_username_taken")) => Self::UsernameTaken,
            (DatabaseErrorKind::UniqueViolation, Some("users_email_taken")) => Self::EmailTaken,
            (DatabaseErrorKind::CheckViolation, Some("users_last_admin")) => {
                Self::Refused(Decision::Conflict(Obstacle::LastAdmin))
            }
            (
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            ) => Self::Unavailable(info.message().to_owned()),
            (DatabaseErrorKind::SerializationFailure, _) => Self::Contended,
            (DatabaseErrorKind::Unknown, _) if info.message().contains("deadlock detected") => Self::Contended,
            (DatabaseErrorKind::Unknown, _) if away(info.message()) => Self::Unavailable(info.message().to_owned()),
            _ => Self::Unexpected(error),
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

/// Diesel passes on the words but not the SQLSTATE of these: Postgres is stopping or starting, out of connections, disk or
/// memory, or it gave up waiting; or the pooler in front of it has lost it.
fn away(message: &str) -> bool {
    const SIGNS: &[&str] = &[
        "terminating connection",
        "the database system is",
        "connection closed",
        "error communicating with the server",
        "too many clients",
        "remaining connection slots",
        "canceling statement due to",
        "could not extend file",
        "could not write",
        "No space left on device",
        "out of memory",
        "out of shared memory",
        // PgBouncer's words.
        "server conn crashed",
        "server login has been failing",
        "query_wait_timeout",
        "server shutting down",
        "pooler is shutting down",
        "database removed",
        "database configuration changed",
        "pause failed",
        "bouncer resources exhaustion",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

//! What can go wrong in the database layer.

use crate::sqlstate::{ErrorClass, error_class};
use diesel::{
    ConnectionError,
    result::{DatabaseErrorKind, Error as DieselError},
};
use diesel_async::pooled_connection::deadpool::PoolError;
use std::time::Duration;
use usher_domain::policy::{ConflictReason, Decision};

/// Why an operation on the database failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection string cannot be read.
    #[error("not a connection string such as postgres://user:password@host/database: {0}")]
    Url(String),
    /// The database is unreachable, restarting, full or too slow. Nothing was written; a later attempt may succeed.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The connection was lost. An attempt on another connection may succeed at once. Whether a commit that was under way took
    /// effect is not known.
    #[error("the connection to the database was lost: {0}")]
    ConnectionLost(String),
    /// The server takes no writes: it is a standby, or a primary that was made read-only.
    #[error("the database takes no writes: {0}")]
    ReadOnly(String),
    /// Two transactions were in conflict, and so were a few attempts after that.
    #[error("the transaction conflicts with another one")]
    Contended,
    /// The policy refuses, given the rows at the time of the write.
    #[error("refused: {0:?}")]
    Refused(Decision),
    /// The precondition of the request does not hold: the row has changed.
    #[error("the row has changed")]
    Changed,
    /// The password that was verified is no longer the user's.
    #[error("the password has changed")]
    VerifiedHashOutdated,
    /// The mailed token has expired, was used, has another purpose, or does not exist.
    #[error("the mailed token is not valid")]
    TokenInvalid,
    /// No role has the name that a user is to be given.
    #[error("there is no such role")]
    UnknownRole,
    /// The actor may not give this role, or put these permissions into a role.
    #[error("the role allows what the actor may not")]
    NotGivable,
    /// A scope of the API key names what its owner's role does not allow.
    #[error("a scope of the API key allows what its owner may not")]
    ScopesNotHeld,
    /// An event after this position of the feed is not kept any more.
    #[error("an event after this position is not kept any more")]
    PositionExpired,
    /// No event has had this position of the feed.
    #[error("no event has had this position")]
    UnknownPosition,
    #[error("there is a role with this name")]
    RoleNameTaken,
    #[error("the username is taken")]
    UsernameTaken,
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Too many attempts have failed; `wait` until the next one is considered. `first`: none was refused since the last
    /// failure.
    #[error("too many attempts have failed; wait {} s", wait.as_secs())]
    TooManyAttempts { wait: Duration, first: bool },
    /// The schema is not that of this version and could not be migrated to it; a sentence.
    #[error("{0}")]
    Migration(String),
    /// An error that the service should have prevented.
    #[error("unexpected error of the database: {0}")]
    Unexpected(#[source] DieselError),
}

impl Error {
    /// The reason, if the database is unavailable for now: a later attempt may succeed.
    pub fn outage(&self) -> Option<&str> {
        match self {
            Self::Unavailable(why) | Self::ConnectionLost(why) | Self::ReadOnly(why) => Some(why),
            _ => None,
        }
    }

    /// The error of a class, with its labelled text.
    fn from_class(class: ErrorClass, text: &str) -> Self {
        match class {
            ErrorClass::Contention => Self::Contended,
            ErrorClass::ReadOnly => Self::ReadOnly(text.to_owned()),
            ErrorClass::ConnectionLost => Self::ConnectionLost(text.to_owned()),
            ErrorClass::Unavailable => Self::Unavailable(text.to_owned()),
        }
    }

    /// A failed migration, or the outage that it failed for.
    pub(crate) fn migration(why: String) -> Self {
        match error_class(&why) {
            Some(ErrorClass::Contention) | None => Self::Migration(why),
            Some(class) => Self::from_class(class, &why),
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
            (DatabaseErrorKind::UniqueViolation, Some("roles_pkey")) => Self::RoleNameTaken,
            (DatabaseErrorKind::CheckViolation, Some("users_last_admin")) => {
                Self::Refused(Decision::Conflict(ConflictReason::LastAdmin))
            }
            (DatabaseErrorKind::ForeignKeyViolation, Some("users_role_known")) => Self::UnknownRole,
            (DatabaseErrorKind::ForeignKeyViolation, Some("roles_in_use")) => {
                Self::Refused(Decision::Conflict(ConflictReason::RoleInUse))
            }
            // Not from the server: the driver says that the connection has ended.
            (DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
                Self::ConnectionLost(info.message().to_owned())
            }
            _ => match error_class(info.message()) {
                Some(class) => Self::from_class(class, info.message()),
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

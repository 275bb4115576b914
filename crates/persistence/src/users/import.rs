//! The import of users, many at a time. Users are only added: existing users are never changed.
//!
//! A batch is one statement, and the database alone decides which of its users are new. If all users are to be added or
//! none, they are gathered in a temporary table first: the transaction may take as long as the file does, and locks
//! nothing that others need until it adds them all at its end.

mod placement;
mod staging;

use super::record::UserRecord;
use crate::{Database, Error, database::silent};
use diesel_async::SimpleAsyncConnection;
use placement::{Existing, Keyed, KnownRoles, Table, place};
use staging::Staging;
use uuid::Uuid;

/// A user to be added.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub user: UserRecord,
    /// Whether the file has the username. Otherwise it was made of the e-mail address, which alone identifies the user.
    pub username_is_given: bool,
    pub totp: Option<ImportedTotp>,
}

/// An authenticator app that the user has confirmed elsewhere.
#[derive(Clone)]
pub struct ImportedTotp {
    /// The id of the factor.
    pub id: Uuid,
    /// Its secret, encrypted by the caller.
    pub secret: Vec<u8>,
}

/// Without the secret.
impl std::fmt::Debug for ImportedTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportedTotp").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The result for a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placing {
    Added,
    /// There is a user with this username and this e-mail address, who is not changed. If the username is not given, the
    /// address is enough.
    AlreadyThere {
        id: Uuid,
        username: String,
    },
    /// Why it is not added; never empty.
    Refused(Vec<Conflict>),
}

/// Why a candidate cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    UsernameTaken,
    EmailTaken,
    IdTaken,
    ExternalIdTaken,
    /// There is no role with the user's.
    UnknownRole,
}

/// A running import.
pub struct Import {
    database: Database,
    staging: Option<Staging>,
}

/// A large batch on a busy machine may take longer than any query of a request.
const STATEMENT_TIMEOUT: &str = "SET LOCAL statement_timeout = '60s'";
/// With the statistics of the smaller tables, pages of users take many times as long. Autovacuum would renew them about a
/// minute later.
const ANALYZE: &str = "ANALYZE users, audit_events, factors";

impl Database {
    /// An import that commits each batch by itself: added users stay, even if the import fails later.
    pub fn import_in_batches(&self) -> Import {
        Import { database: self.clone(), staging: None }
    }

    /// An import that adds no users until it is committed.
    pub async fn import_at_once(&self) -> Result<Import, Error> {
        let staging = Staging::begin(self.connection().await?);
        let staging = self.while_it_answers(staging).await.unwrap_or_else(|| Err(silent()))?;
        Ok(Import { database: self.clone(), staging: Some(staging) })
    }
}

impl Import {
    /// Adds the new users of a batch, each with an audit event. The results are in the order of the batch. If two users of
    /// one file have the same name, the earlier one gets it.
    pub async fn add(&mut self, batch: &[Candidate]) -> Result<Vec<Placing>, Error> {
        let batch: Vec<Keyed<'_>> = batch.iter().map(Keyed::from).collect();
        let (database, clock) = (&self.database, &self.database.clock);
        if let Some(staging) = &mut self.staging {
            let added = database.while_it_answers(staging.add(&batch, clock)).await;
            return added.unwrap_or_else(|| Err(silent()));
        }
        database
            .long_transaction(async |connection| {
                connection.batch_execute(STATEMENT_TIMEOUT).await?;
                // Locked, so that none of the roles is deleted before their users are added.
                let roles = KnownRoles::of(connection, &batch, "FOR KEY SHARE").await?;
                let refused = batch.iter().filter(|keyed| !roles.has_role_of(keyed));
                let existing = Existing::of(connection, Table::Users, refused).await?;
                let known = batch.iter().map(|keyed| roles.refuse(keyed, &existing)).collect();
                place(connection, Table::Users, &batch, known, clock).await
            })
            .await
    }

    /// Adds all users that were gathered, and updates the planner's statistics.
    ///
    /// # Errors
    /// [`Error::Contended`] if one of the names has been taken in the meantime, [`Error::UnknownRole`] if one of the roles has
    /// been deleted: then no user is added.
    pub async fn commit(self) -> Result<(), Error> {
        if let Some(mut staging) = self.staging {
            self.database.while_it_answers(staging.commit()).await.unwrap_or_else(|| Err(silent()))?;
        }
        let analyze = format!("{STATEMENT_TIMEOUT}; {ANALYZE}");
        let analyzed =
            self.database.long_transaction(async |connection| Ok(connection.batch_execute(&analyze).await?));
        if let Err(error) = analyzed.await {
            tracing::warn!(%error, "could not analyze the tables; lists of users may be slow until autovacuum does");
        }
        Ok(())
    }

    /// Discards the users that were gathered.
    pub async fn abandon(self) -> Result<(), Error> {
        let Some(mut staging) = self.staging else { return Ok(()) };
        self.database.while_it_answers(staging.abandon()).await.unwrap_or_else(|| Err(silent()))
    }
}

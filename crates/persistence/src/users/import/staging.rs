//! The users of an import that adds all or none, gathered in a temporary table.

use super::{
    Placing,
    placement::{COLUMNS, Existing, Keyed, KnownRoles, Table, insert_events, insert_factors, place},
};
use crate::{Error, database::Manager, pool::Pooled};
use diesel::sql_query;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use usher_domain::Clock;

/// The transaction that gathers all users, if they are added at once.
pub(super) struct Staging {
    connection: Pooled,
    count: usize,
}

/// The transaction waits for the writer of the file, and at its end for the database to add all users.
const NO_LIMITS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
const GATHERED_TABLE: &str = "CREATE TEMPORARY TABLE gathered_users (LIKE users INCLUDING DEFAULTS INCLUDING GENERATED, \
     event_id uuid, event_at timestamptz, totp_id uuid, totp_secret bytea, UNIQUE (id), UNIQUE (external_id), \
     UNIQUE (username_key), UNIQUE (email_key)) ON COMMIT DROP";

impl Staging {
    pub(super) async fn begin(mut connection: Pooled) -> Result<Self, Error> {
        let transaction: &mut AsyncPgConnection = &mut connection;
        Manager::begin_transaction(transaction).await?;
        transaction.batch_execute(NO_LIMITS).await?;
        transaction.batch_execute(GATHERED_TABLE).await?;
        Ok(Self { connection, count: 0 })
    }

    pub(super) async fn add(&mut self, batch: &[Keyed<'_>], clock: &Clock) -> Result<Vec<Placing>, Error> {
        let connection: &mut AsyncPgConnection = &mut self.connection;
        let roles = KnownRoles::of(connection, batch, "").await?;
        let existing = Existing::of(connection, Table::Users, batch.iter()).await?;
        let known =
            batch.iter().map(|keyed| roles.refuse(keyed, &existing).or_else(|| existing.placing(keyed))).collect();
        let placings = place(connection, Table::Gathered, batch, known, clock).await?;
        self.count += placings.iter().filter(|placing| **placing == Placing::Added).count();
        Ok(placings)
    }

    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        let connection: &mut AsyncPgConnection = &mut self.connection;
        let add = format!(
            "INSERT INTO users ({COLUMNS}) SELECT {COLUMNS} FROM gathered_users ORDER BY created_at, id ON CONFLICT DO NOTHING"
        );
        if sql_query(add).execute(connection).await? != self.count {
            Manager::rollback_transaction(connection).await?;
            return Err(Error::Contended);
        }
        sql_query(format!("{} FROM gathered_users ORDER BY event_id", insert_events())).execute(connection).await?;
        sql_query(format!("{} FROM gathered_users WHERE totp_id IS NOT NULL", insert_factors()))
            .execute(connection)
            .await?;
        Ok(Manager::commit_transaction(connection).await?)
    }

    pub(super) async fn abandon(&mut self) -> Result<(), Error> {
        Ok(Manager::rollback_transaction(&mut **self.connection).await?)
    }
}

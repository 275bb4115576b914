//! Waking runners by `NOTIFY`.
//!
//! A runner must not depend on it. A pooler in transaction mode, such as `PgBouncer`, does not forward notifications;
//! there, and while the connection is lost, runners find jobs by polling.

use super::CHANNEL;
use crate::{Database, Error, connection::Connection, database::silent};
use diesel_async::SimpleAsyncConnection;
use std::{convert::Infallible, time::Duration};
use tokio::{
    runtime::Handle,
    select,
    time::{sleep, timeout},
};

/// Pause before the connection is made again.
const RECONNECT_INTERVAL: Duration = Duration::from_secs(5);
/// How often an idle connection is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);
/// Maximum time for the database to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

impl Database {
    /// Calls `wake` when jobs are enqueued, for as long as it is polled, on a connection of its own.
    pub async fn listen_for_jobs(&self, wake: impl Fn()) -> Infallible {
        loop {
            let Err(error) = self.listen(&wake).await;
            tracing::debug!(%error, "not listening for jobs; connecting again");
            sleep(RECONNECT_INTERVAL).await;
        }
    }

    async fn listen(&self, wake: &impl Fn()) -> Result<Infallible, Error> {
        let mut connection = self.connector().connect(&Handle::current()).await?;
        let mut notifications = connection.notifications();
        execute(&mut connection, &format!("LISTEN {CHANNEL}")).await?;
        // For jobs that were enqueued before.
        wake();
        loop {
            select! {
                changed = notifications.changed() => match changed {
                    Ok(()) => wake(),
                    Err(_) => return Err(Error::ConnectionLost("closed".to_owned())),
                },
                // Jobs are enqueued at the new primary.
                () = connection.distrusted() => return Err(Error::ConnectionLost("distrusted".to_owned())),
                // A server that has stopped does not notify.
                () = sleep(CHECK_INTERVAL) => execute(&mut connection, "SELECT").await?,
            }
        }
    }
}

async fn execute(connection: &mut Connection, statement: &str) -> Result<(), Error> {
    match timeout(ANSWER_TIMEOUT, connection.batch_execute(statement)).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(silent()),
    }
}

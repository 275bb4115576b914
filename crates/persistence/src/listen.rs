//! Being woken by `NOTIFY`.
//!
//! Nobody must depend on it. A pooler in transaction mode, such as `PgBouncer`, does not forward notifications; there, and
//! while the connection is lost, what is new is found by polling.

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
    /// Calls `wake` with each notification on this channel, for as long as it is polled, on a connection of its own.
    pub(crate) async fn listen(&self, channel: &str, wake: impl Fn()) -> Infallible {
        loop {
            let Err(error) = self.listen_until_lost(channel, &wake).await;
            tracing::debug!(channel, %error, "not listening; connecting again");
            sleep(RECONNECT_INTERVAL).await;
        }
    }

    async fn listen_until_lost(&self, channel: &str, wake: &impl Fn()) -> Result<Infallible, Error> {
        let mut connection = self.connector().connect(&Handle::current()).await?;
        let mut notifications = connection.notifications();
        execute(&mut connection, &format!("LISTEN {channel}")).await?;
        // For what has happened before.
        wake();
        loop {
            select! {
                changed = notifications.changed() => match changed {
                    Ok(()) => wake(),
                    Err(_) => return Err(Error::ConnectionLost("closed".to_owned())),
                },
                // Notifications come from the new primary.
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

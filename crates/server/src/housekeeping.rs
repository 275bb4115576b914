//! What the service does between requests.

use std::{convert::Infallible, time::Duration};
use usher_persistence::{Database, Retention};

/// Between two looks for rows that have had their time.
const ROUND: Duration = Duration::from_mins(1);
/// Between two batches, for others to be served.
const BREATH: Duration = Duration::from_millis(100);

/// Tidies the database for as long as it is polled.
pub async fn keep(database: &Database, retention: Retention) -> Infallible {
    loop {
        let pause = match database.tidy(retention).await {
            Ok(0) => ROUND,
            Ok(rows) => {
                tracing::debug!(rows, "removed rows that had had their time");
                BREATH
            }
            // The database may be away; whoever asks for something is told so.
            Err(error) => {
                tracing::warn!(%error, "could not tidy the database");
                ROUND
            }
        };
        tokio::time::sleep(pause).await;
    }
}

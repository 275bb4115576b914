//! The cleanup job: deletes expired rows while the service runs.

use std::{convert::Infallible, time::Duration};
use usher_persistence::{Database, Retention};

/// Time between two rounds.
const CLEANUP_INTERVAL: Duration = Duration::from_mins(1);
/// Pause between two batches of a round, so that requests are not delayed.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// Deletes expired rows for as long as it is polled.
pub async fn run(database: &Database, retention: Retention) -> Infallible {
    loop {
        let pause = match database.cleanup(retention).await {
            Ok(0) => CLEANUP_INTERVAL,
            Ok(rows) => {
                tracing::debug!(rows, "deleted expired rows");
                BATCH_PAUSE
            }
            // The database may be unavailable. Requests report that themselves.
            Err(error) => {
                tracing::warn!(%error, "could not delete expired rows");
                CLEANUP_INTERVAL
            }
        };
        tokio::time::sleep(pause).await;
    }
}

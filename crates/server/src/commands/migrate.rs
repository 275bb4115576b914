//! `usher migrate`

use crate::{database::Postgres, failure::Failure, settings::DatabaseSettings};

/// Migrates and exits.
pub async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let postgres = Postgres::existing(settings).await?;
    let applied = postgres.migrate().await;
    postgres.close().await?;
    match applied?.as_slice() {
        [] => println!("the database is up to date"),
        applied => println!("applied {}", applied.join(", ")),
    }
    Ok(())
}

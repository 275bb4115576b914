//! `usher migrate`

use crate::{database::Place, failure::Failure, settings::DatabaseSettings};

/// Migrates and exits.
pub async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let place = Place::existing(settings).await?;
    let applied = place.migrate().await;
    place.close().await?;
    match applied?.as_slice() {
        [] => println!("the database is up to date"),
        applied => println!("applied {}", applied.join(", ")),
    }
    Ok(())
}

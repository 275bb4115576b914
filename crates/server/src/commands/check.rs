//! `usher check`

use crate::{cli::Check, database::Place, failure::Failure, mail, secrets, traces};

/// Tells whether settings and database would serve. The settings were read before this runs.
pub async fn run(check: Check) -> Result<(), Failure> {
    println!("settings: good");
    secrets::data_dir(&check.database.data_dir)?;
    secrets::secret_key(&check.database.data_dir)?;
    println!("secret key: good");
    secrets::introspection_clients()?;
    let (transport, _) = mail::prepare(&check.mail, &check.database.data_dir)?;
    println!("mail: {transport}");
    if let Some((url, _)) = traces::prepare(&check.traces)? {
        println!("traces: to {url}");
    }
    let place = Place::for_command(&check.database).await?;
    let pending = place.pending().await;
    place.close().await?;
    println!("database: {}", if pending? { "reachable; `usher serve` would migrate it" } else { "good" });
    Ok(())
}

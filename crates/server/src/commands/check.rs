//! `usher check`

use super::{first_admin, keys};
use crate::{cli::Check, database::Place, failure::Failure, mail, secrets, traces};
use usher_auth::SecretKey;
use usher_domain::Clock;

/// Tells whether settings and database would serve. Most of the settings were read before this runs.
pub async fn run(check: Check) -> Result<(), Failure> {
    let admin = first_admin::named(&check.admin)?;
    secrets::introspection_clients()?;
    println!("settings: good");
    secrets::data_dir(&check.database.data_dir)?;
    let secret = secrets::secret_key(&check.database.data_dir)?;
    println!("secret key: good");
    let (transport, _) = mail::prepare(&check.mail, &check.database.data_dir)?;
    println!("mail: {transport}");
    if let Some((url, _)) = traces::prepare(&check.traces)? {
        println!("traces: to {url}");
    }
    let place = Place::for_command(&check.database).await?;
    let would_serve = database(&place, &secret, admin.as_ref()).await;
    place.close().await?;
    println!("database: {}", would_serve?);
    Ok(())
}

/// What the database is to a service with this secret and this first admin.
async fn database(
    place: &Place,
    secret: &SecretKey,
    admin: Option<&first_admin::Named>,
) -> Result<&'static str, Failure> {
    if place.pending().await? {
        return Ok("reachable; `usher serve` would migrate it");
    }
    let database = place.open(Clock::default())?;
    first_admin::could_be_made(admin, &database).await?;
    usher_http::opens(&database, secret).await.map_err(keys::failure)?;
    Ok("good")
}

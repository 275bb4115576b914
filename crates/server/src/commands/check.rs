//! `usher check`

use super::{first_admin, keys};
use crate::{cli::Check, database::Place, failure::Failure, listen, mail, secrets, traces};
use usher_accounts::keyring;
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_persistence::SharedMailbox;

/// Tells whether settings and database would serve. Most of the settings were read before this runs.
pub async fn run(check: Check) -> Result<(), Failure> {
    let admin = first_admin::named(&check.admin)?;
    secrets::introspection_clients()?;
    println!("settings: good");
    if let Some(warning) = listen::unreachable_url(&check.binding) {
        println!("warning: {warning}");
    }
    let secret = secret_key(&check)?;
    let (transport, _) = mail::prepare(&check.mail, check.binding.public_url.as_deref(), &check.database.data_dir)?;
    println!("mail: {transport}");
    if let Some((url, _)) = traces::prepare(&check.traces)? {
        println!("traces: to {url}");
    }
    let place = Place::existing(&check.database).await?;
    place.warn_if_unencrypted();
    let would_serve = database(&place, &secret, admin.as_ref()).await;
    place.close().await?;
    let (state, shared) = would_serve?;
    println!("database: {state}");
    for SharedMailbox { user, other } in shared {
        println!("e-mail addresses: those of users {user} and {other} are two spellings of one mailbox");
    }
    Ok(())
}

/// The secret key of the service, or one like that which `usher serve` would generate.
fn secret_key(check: &Check) -> Result<SecretKey, Failure> {
    let data_dir = &check.database.data_dir;
    if let Some(key) = secrets::secret_key_of_service(data_dir)? {
        println!("secret key: good");
        return Ok(key);
    }
    secrets::may_generate(check.generation)?;
    println!("secret key: `usher serve` would generate one in {}", data_dir.display());
    let failed = |error: &dyn std::error::Error| Failure::during("no secret key", error);
    SecretKey::new(&SecretKey::generate().map_err(|error| failed(&error))?).map_err(|error| failed(&error))
}

/// What the database is to a service with this secret and this first admin, and whose addresses are two spellings of one.
async fn database(
    place: &Place,
    secret: &SecretKey,
    admin: Option<&first_admin::Named>,
) -> Result<(&'static str, Vec<SharedMailbox>), Failure> {
    let schema = place.schema().await?;
    if !schema.obstacles.is_empty() {
        let what =
            if schema.is_outdated { "`usher serve` could not migrate it" } else { "`usher serve` could not use it" };
        return Err(Failure::during(&format!("database: {what}"), schema.obstacles.join("; ")));
    }
    if schema.is_outdated {
        return Ok(("reachable; `usher serve` would migrate it", Vec::new()));
    }
    let database = place.open(Clock::default())?;
    first_admin::could_be_made(admin, &database).await?;
    keyring::check_secret(&database, secret).await.map_err(keys::failure)?;
    if !database.counts_users_right().await.map_err(|error| Failure::during("the counts of users", error))? {
        return Err(Failure::new(
            "the database: user_counts differs from the users that there are, so lists show a wrong total; `TRUNCATE \
             user_counts` in the database counts all users again",
        ));
    }
    let shared = database.shared_mailboxes().await.map_err(|error| Failure::new(error.to_string()))?;
    Ok(("good", shared))
}

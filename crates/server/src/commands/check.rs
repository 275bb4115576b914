//! `usher check`

use super::{first_admin, keys};
use crate::{
    cli::Check,
    database::Postgres,
    failure::{Context, Failure},
    listen, mail, secrets, traces,
};
use usher_accounts::keyring;
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_persistence::SharedMailbox;

/// Checks the settings and the database. Most of the settings were read before this runs.
pub async fn run(check: Check) -> Result<(), Failure> {
    let admin = first_admin::configured(&check.admin)?;
    secrets::introspection_clients()?;
    println!("settings: good");
    if let Some(warning) = listen::unreachable_url(&check.settings) {
        println!("warning: {warning}");
    }
    let secret = secret_key(&check)?;
    let (transport, _) = mail::prepare(&check.mail, check.settings.public_url.as_deref(), &check.database.data_dir)?;
    println!("mail: {transport}");
    if let Some((url, _)) = traces::prepare(&check.traces)? {
        println!("traces: to {url}");
    }
    let postgres = Postgres::existing(&check.database).await?;
    postgres.warn_if_unencrypted();
    let would_serve = database(&postgres, &secret, admin.as_ref()).await;
    postgres.close().await?;
    let (state, shared) = would_serve?;
    println!("database: {state}");
    for SharedMailbox { user, other } in shared {
        println!("e-mail addresses: users {user} and {other} have two spellings of one mailbox");
    }
    Ok(())
}

/// The secret key of the service, or a new one as `usher serve` would generate it.
fn secret_key(check: &Check) -> Result<SecretKey, Failure> {
    let data_dir = &check.database.data_dir;
    if let Some(key) = secrets::secret_key_of_service(data_dir)? {
        println!("secret key: good");
        return Ok(key);
    }
    secrets::may_generate(check.generation)?;
    println!("secret key: `usher serve` would generate one in {}", data_dir.display());
    let generated = SecretKey::generate().context("no secret key")?;
    SecretKey::new(&generated).context("no secret key")
}

/// The state of the database for a service with this secret key and this first admin, and the users whose addresses are two
/// spellings of one mailbox.
async fn database(
    postgres: &Postgres,
    secret: &SecretKey,
    admin: Option<&first_admin::ConfiguredAdmin>,
) -> Result<(&'static str, Vec<SharedMailbox>), Failure> {
    let schema = postgres.schema().await?;
    if !schema.obstacles.is_empty() {
        let what =
            if schema.is_outdated { "`usher serve` could not migrate it" } else { "`usher serve` could not use it" };
        return Err(schema.obstacles.join("; ")).context(format_args!("database: {what}"));
    }
    if schema.is_outdated {
        return Ok(("reachable; `usher serve` would migrate it", Vec::new()));
    }
    let database = postgres.open(Clock::default())?;
    first_admin::could_be_made(admin, &database).await?;
    keyring::check_secret(&database, secret).await.map_err(keys::failure)?;
    if !database.counts_users_right().await.context("cannot count the users")? {
        return Err(Failure::new(
            "the database: user_counts differs from the number of users, so lists show a wrong total; `TRUNCATE user_counts` in \
             the database counts all users again",
        ));
    }
    let shared = database.shared_mailboxes().await.or_fail()?;
    Ok(("good", shared))
}

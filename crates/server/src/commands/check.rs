//! `usher check`

use super::{first_admin, keys};
use crate::{
    cli::Check,
    database::Postgres,
    failure::{Context, Failure},
    listen, mail, second_factors, secrets,
    settings::ServeSettings,
    traces,
};
use usher_accounts::{factors, keyring};
use usher_auth::{SecretKey, passkeys::RelyingParty};
use usher_domain::Clock;
use usher_persistence::SharedMailbox;

/// Checks the settings and the database. Most of the settings were read before this runs.
pub async fn run(check: Check) -> Result<(), Failure> {
    let admin = first_admin::configured(&check.admin)?;
    secrets::introspection_clients()?;
    println!("settings: good");
    let relying_party = relying_party(&check.settings)?;
    let no_passkeys = relying_party.as_ref().err().map(String::as_str);
    let unreachable = listen::unreachable_url(&check.settings);
    let unattainable = second_factors::unattainable(&check.settings);
    for warning in [unreachable.as_deref(), no_passkeys, unattainable].into_iter().flatten() {
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
    let rp_id = relying_party.as_ref().ok().map(RelyingParty::id);
    let would_serve = database(&postgres, &secret, admin.as_ref(), rp_id).await;
    postgres.close().await?;
    let Found { state, shared, unreadable_secrets, other_passkeys } = would_serve?;
    println!("database: {state}");
    if let Some(warning) = other_passkeys {
        println!("warning: {warning}");
    }
    if unreadable_secrets > 0 {
        println!(
            "warning: the secret key does not decrypt the secrets of {unreadable_secrets} authenticator apps, so their codes are \
             refused; set the former secret key, or reset the second factors of their users"
        );
    }
    for SharedMailbox { user, other } in shared {
        println!("e-mail addresses: users {user} and {other} have two spellings of one mailbox");
    }
    Ok(())
}

/// The relying party of passkeys, or why there are none.
fn relying_party(settings: &ServeSettings) -> Result<Result<RelyingParty, String>, Failure> {
    let public_url = settings.public_url.clone().unwrap_or_else(|| listen::expected_url(settings));
    second_factors::relying_party(settings, &public_url)
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

/// What was found in the database.
struct Found {
    /// Whether a service could use it.
    state: &'static str,
    /// Users whose addresses are two spellings of one mailbox.
    shared: Vec<SharedMailbox>,
    /// Secrets of authenticator apps that the secret key does not decrypt.
    unreadable_secrets: u64,
    /// The warning about passkeys that are for another domain.
    other_passkeys: Option<String>,
}

/// The state of the database for a service with this secret key and this first admin, whose passkeys are for this domain.
async fn database(
    postgres: &Postgres,
    secret: &SecretKey,
    admin: Option<&first_admin::ConfiguredAdmin>,
    rp_id: Option<&str>,
) -> Result<Found, Failure> {
    let schema = postgres.schema().await?;
    if !schema.obstacles.is_empty() {
        let what =
            if schema.is_outdated { "`usher serve` could not migrate it" } else { "`usher serve` could not use it" };
        return Err(schema.obstacles.join("; ")).context(format_args!("database: {what}"));
    }
    if schema.is_outdated {
        let state = "reachable; `usher serve` would migrate it";
        return Ok(Found { state, shared: Vec::new(), unreadable_secrets: 0, other_passkeys: None });
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
    let unreadable_secrets = factors::count_unreadable_secrets(&database, secret).await.or_fail()?;
    let other_passkeys = second_factors::passkeys_of_other_domains(&database, rp_id).await?;
    Ok(Found { state: "good", shared, unreadable_secrets, other_passkeys })
}

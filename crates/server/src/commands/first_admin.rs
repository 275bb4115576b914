//! The first admin: from the settings, or generated on a private Postgres.

use crate::{
    database::Postgres,
    failure::{Context, Failure},
    secrets,
    settings::FirstAdminSettings,
};
use std::{
    io::{IsTerminal, stderr},
    path::Path,
};
use usher_accounts::{
    operator::{OperatorUser, create_first_admin},
    reject_personal_password,
};
use usher_auth::{Hasher, opaque};
use usher_domain::{EmailAddress, Fault, NewPassword, RoleName, Text, Username, checked};
use usher_persistence::{Database, Error};

const USERNAME: &str = "admin";
/// In the data directory: the generated password of the first admin.
const PASSWORD_FILE: &str = "admin_password";
/// Mail cannot be sent there: the domain cannot exist (RFC 2606 §2).
const EMAIL: &str = "admin@usher.invalid";

/// The first admin of the settings.
pub struct ConfiguredAdmin {
    username: Username,
    email: EmailAddress,
    password: NewPassword,
}

/// The first admin of the settings, if they are set.
pub fn configured(admin: &FirstAdminSettings) -> Result<Option<ConfiguredAdmin>, Failure> {
    let password = secrets::from_environment("USHER_ADMIN_PASSWORD")?;
    match (&admin.admin_username, &admin.admin_email, password) {
        (None, None, None) => Ok(None),
        (Some(username), Some(email), Some(password)) => read_configured(username, email, &password).map(Some),
        _ => Err(Failure::new(
            "USHER_ADMIN_USERNAME, USHER_ADMIN_EMAIL and USHER_ADMIN_PASSWORD go together: set all or none",
        )),
    }
}

fn read_configured(username: &str, email: &str, password: &str) -> Result<ConfiguredAdmin, Failure> {
    let username = read::<Username>("USHER_ADMIN_USERNAME", username)?;
    let email = read::<EmailAddress>("USHER_ADMIN_EMAIL", email)?;
    let password = read::<NewPassword>("USHER_ADMIN_PASSWORD", password)?;
    reject_personal_password(&password, &username, &email).map_err(|fault| refused("USHER_ADMIN_PASSWORD", &fault))?;
    Ok(ConfiguredAdmin { username, email, password })
}

/// Fails if the first admin would have to be created and another user has the name or the address.
pub async fn could_be_made(configured: Option<&ConfiguredAdmin>, database: &Database) -> Result<(), Failure> {
    let Some(ConfiguredAdmin { username, email, .. }) = configured else { return Ok(()) };
    if has_admin(database).await? {
        return Ok(());
    }
    database.name_taken(username, email).await.map_err(|error| creation_failure(error, username, email))
}

async fn has_admin(database: &Database) -> Result<bool, Failure> {
    database.has_admin().await.or_fail()
}

/// Creates the first admin if there is no admin. Existing users are never promoted.
pub async fn ensure(
    admin: &FirstAdminSettings,
    postgres: &Postgres,
    data_dir: &Path,
    database: &Database,
    hasher: &Hasher,
) -> Result<(), Failure> {
    let configured = configured(admin)?;
    if has_admin(database).await? {
        return Ok(());
    }
    match configured {
        Some(admin) => {
            let username = admin.username.as_str().to_owned();
            make(database, hasher, admin).await?;
            tracing::info!(username, "created the first admin");
            Ok(())
        }
        None if postgres.is_private() => generate(data_dir, database, hasher).await,
        None => {
            tracing::warn!(
                "there is no admin; set USHER_ADMIN_USERNAME, USHER_ADMIN_EMAIL and USHER_ADMIN_PASSWORD, or run `usher user \
                 create NAME EMAIL --role admin`"
            );
            Ok(())
        }
    }
}

/// Creates `admin` with a password that is shown once on a terminal, or else written to a file that only its owner can read.
async fn generate(data_dir: &Path, database: &Database, hasher: &Hasher) -> Result<(), Failure> {
    let password = opaque::generate().context("cannot generate a password for the first admin")?;
    if stderr().is_terminal() {
        if make(database, hasher, read_configured(USERNAME, EMAIL, &password)?).await? {
            eprintln!(
                "\nThe first admin is `{USERNAME}`, with the password\n\n    {password}\n\nIt is not shown again.\n"
            );
        }
        return Ok(());
    }
    // The file first: a lost password would lock all users out. If the start fails after this, the file belongs to no
    // user.
    let data_dir = secrets::data_dir(data_dir)?;
    let path = data_dir.path().join(PASSWORD_FILE);
    data_dir
        .remove(PASSWORD_FILE)
        .and_then(|()| data_dir.write_new(PASSWORD_FILE, format!("{password}\n").as_bytes()))
        .context(path.display())?;
    if make(database, hasher, read_configured(USERNAME, EMAIL, &password)?).await? {
        tracing::info!(username = USERNAME, file = %path.display(), "created the first admin; its password is in the file");
        eprintln!("usher: the first admin is `{USERNAME}`; the password is in {}", path.display());
    }
    Ok(())
}

/// Whether this call created the admin: another replica may have been faster.
async fn make(database: &Database, hasher: &Hasher, admin: ConfiguredAdmin) -> Result<bool, Failure> {
    let ConfiguredAdmin { username, email, password } = admin;
    let new = OperatorUser { username: username.clone(), email: email.clone(), password, role: RoleName::ADMIN };
    match create_first_admin(database, hasher, new).await {
        Ok(created) => Ok(created.is_some()),
        Err(usher_accounts::Error::Database(error)) => Err(creation_failure(error, &username, &email)),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

/// The failure if the first admin cannot be created.
fn creation_failure(error: Error, username: &Username, email: &EmailAddress) -> Failure {
    let (username, email) = (username.as_str(), email.as_str());
    match error {
        Error::UsernameTaken => Failure::new(format!(
            "USHER_ADMIN_USERNAME: the user {username} exists and is not an admin, and users are never promoted at start; set \
             another name, or run `usher user set-role {username} admin`"
        )),
        Error::EmailTaken => {
            Failure::new(format!("USHER_ADMIN_EMAIL: another user, who is not an admin, has the address {email}"))
        }
        error => Failure::new(format!("cannot create the first admin: {error}")),
    }
}

fn read<T: Text>(name: &str, text: &str) -> Result<T, Failure> {
    checked(text).map_err(|fault| refused(name, &fault))
}

fn refused(name: &str, fault: &Fault) -> Failure {
    Failure::new(format!("{name} {}", fault.detail))
}

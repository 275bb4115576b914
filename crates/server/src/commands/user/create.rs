//! `usher user create`

use super::{no_such_role, read, refused};
use crate::failure::{Context, Failure};
use std::io::{IsTerminal, stdin};
use usher_accounts::{
    Error,
    operator::{OperatorUser, create_user},
    reject_personal_password,
};
use usher_auth::{Hasher, HasherConfig};
use usher_domain::{EmailAddress, NewPassword, RoleName, Username};
use usher_persistence::Database;

/// Creates a user whose password is read from standard input.
pub async fn run(database: &Database, username: &str, email: &str, role: RoleName) -> Result<(), Failure> {
    let username = read::<Username>("username", username)?;
    let email = read::<EmailAddress>("e-mail address", email)?;
    let password = read::<NewPassword>("password", &password()?)?;
    reject_personal_password(&password, &username, &email).map_err(|fault| refused("password", &fault))?;
    let hasher = Hasher::new(HasherConfig::default()).context("cannot start threads for hashing")?;
    let new = OperatorUser { username, email, password, role };
    let name = new.role.clone();
    let user = create_user(database, &hasher, new).await.map_err(|error| match error {
        Error::Database(usher_persistence::Error::UnknownRole) => no_such_role(&name),
        error => Failure::new(error.to_string()),
    })?;
    println!("created {} {}", user.id, user.username.as_str());
    Ok(())
}

/// A line of standard input. On a terminal, a prompt reads it without showing it.
fn password() -> Result<String, Failure> {
    if stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").context("cannot read the password");
    }
    let mut line = String::new();
    stdin().read_line(&mut line).context("cannot read the password from standard input")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

//! `usher user create`

use super::{read, refused};
use crate::failure::Failure;
use std::io::{IsTerminal, stdin};
use usher_auth::{Hasher, HasherConfig, Requester};
use usher_domain::{EmailAddress, NewPassword, Role, Username};
use usher_persistence::{Database, NewUser};

/// Creates a user whose password is read from standard input.
pub async fn run(database: &Database, username: &str, email: &str, role: Role) -> Result<(), Failure> {
    let username = read::<Username>("username", username)?;
    let email = read::<EmailAddress>("e-mail address", email)?;
    let password = read::<NewPassword>("password", &password()?)?;
    password.reject_personal(&[username.as_str(), email.as_str()]).map_err(|fault| refused("password", &fault))?;
    let hasher =
        Hasher::new(HasherConfig::default()).map_err(|error| Failure::during("no threads to hash on", error))?;
    let hash = hasher.hash(&password, Requester::SERVICE).await.map_err(|error| Failure::new(error.to_string()))?;
    let new = NewUser { username, email, email_verified: true, role, password_hash: Some(hash) };
    let user = database.create_user_as_operator(&new).await.map_err(|error| Failure::new(error.to_string()))?;
    println!("created {} {}", user.id, user.username.as_str());
    Ok(())
}

/// A line of standard input; on a terminal it is asked for and not shown.
fn password() -> Result<String, Failure> {
    if stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(|error| Failure::during("no password", error));
    }
    let mut line = String::new();
    stdin().read_line(&mut line).map_err(|error| Failure::during("no password on standard input", error))?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

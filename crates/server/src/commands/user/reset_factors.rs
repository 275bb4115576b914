//! `usher user reset-factors`

use super::read;
use crate::failure::Failure;
use usher_domain::{
    Username,
    policy::{ConflictReason, Decision},
};
use usher_persistence::{Database, Error};

/// Removes all second factors of a user. With `mail`, also voids the password and mails a link to choose a new one.
pub async fn run(database: &Database, username: &str, mail: bool) -> Result<(), Failure> {
    let username = read::<Username>("username", username)?;
    let name = username.as_str();
    match database.reset_factors_as_operator(&username, mail).await {
        Ok(Some(user)) => {
            let rest = if mail { " and no password; a link to choose a new one will be mailed" } else { "" };
            println!("{} has no second factors any more{rest}", user.username.as_str());
            Ok(())
        }
        Ok(None) => Err(Failure::new(format!("there is no user {name}"))),
        Err(Error::Refused(Decision::Conflict(reason))) => Err(Failure::new(match reason {
            ConflictReason::NoFactors => format!("{name} has no second factors"),
            ConflictReason::AlreadySuspended => {
                format!("{name} is suspended and could not use a mailed link; reset the factors without --mail")
            }
            _ => format!(
                "{name} is the last active admin with a password; make another user an admin first, or reset the factors without \
                 --mail"
            ),
        })),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

//! `usher user set-role`

use super::{no_such_role, read};
use crate::failure::Failure;
use usher_domain::{RoleName, Username};
use usher_persistence::{Database, Error};

/// Sets the role of a user.
pub async fn run(database: &Database, username: &str, role: &RoleName) -> Result<(), Failure> {
    let name = read::<Username>("username", username)?;
    match database.set_role_as_operator(&name, role).await {
        Ok(Some(user)) => {
            println!("{} is {}", user.username.as_str(), user.role.name.as_str());
            Ok(())
        }
        Ok(None) => Err(Failure::new(format!("there is no user {}", name.as_str()))),
        Err(Error::Refused(_)) => Err(Failure::new(format!(
            "{} is the last active admin with a password; make another user an admin first",
            name.as_str()
        ))),
        Err(Error::UnknownRole) => Err(no_such_role(role)),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

//! `usher user`

use crate::{
    cli::{UserCommand, UserSubcommand},
    database::Place,
    failure::Failure,
};
use std::io::{IsTerminal, Write, stdin, stdout};
use usher_auth::{Hasher, HasherConfig};
use usher_domain::{
    Clock, EmailAddress, Fault, NewPassword, Role, Text, Username, checked,
    page::{MAX_LIMIT, Start, UserFilter, UserOrder},
};
use usher_persistence::{Database, Error, NewUser};

/// Administers users from the shell.
pub async fn run(command: UserCommand) -> Result<(), Failure> {
    let place = Place::for_command(&command.database).await?;
    let done = in_database(&place, command.command).await;
    place.close().await?;
    done
}

async fn in_database(place: &Place, command: UserSubcommand) -> Result<(), Failure> {
    place.migrate().await?;
    let database = place.open(Clock::default())?;
    match command {
        UserSubcommand::Create { username, email, role } => create(&database, &username, &email, role.into()).await,
        UserSubcommand::List { q, role, limit } => {
            list(&database, UserFilter { q, role: role.map(Role::from), status: None }, limit).await
        }
        UserSubcommand::SetRole { username, role } => set_role(&database, &username, role.into()).await,
    }
}

async fn create(database: &Database, username: &str, email: &str, role: Role) -> Result<(), Failure> {
    let username = read::<Username>("username", username)?;
    let email = read::<EmailAddress>("e-mail address", email)?;
    let password = read::<NewPassword>("password", &password()?)?;
    password.unlike(&[username.as_str(), email.as_str()]).map_err(|fault| refused("password", &fault))?;
    let hasher =
        Hasher::new(HasherConfig::default()).map_err(|error| Failure::during("no threads to hash on", error))?;
    let hash = hasher.hash(&password, None).await.map_err(|error| Failure::new(error.to_string()))?;
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

async fn list(database: &Database, filter: UserFilter, limit: u32) -> Result<(), Failure> {
    let mut start = Start::Offset(0);
    let mut left = limit;
    let mut out = stdout().lock();
    while left > 0 {
        let page = database
            .list_users(&filter, UserOrder::default(), &start, left.min(MAX_LIMIT))
            .await
            .map_err(|error| Failure::new(error.to_string()))?;
        for user in &page.items {
            let written = writeln!(
                out,
                "{}  {:<5}  {:<9}  {:<32}  {}",
                user.id,
                user.role.as_str(),
                user.status.as_str(),
                user.username.as_str(),
                user.email.as_str()
            );
            written.map_err(|error| Failure::during("standard output", error))?;
        }
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        match page.next {
            Some(next) => start = next,
            None => break,
        }
    }
    Ok(())
}

async fn set_role(database: &Database, username: &str, role: Role) -> Result<(), Failure> {
    let name = read::<Username>("username", username)?;
    match database.set_role_as_operator(&name, role).await {
        Ok(Some(user)) => {
            println!("{} is {}", user.username.as_str(), user.role.as_str());
            Ok(())
        }
        Ok(None) => Err(Failure::new(format!("there is no user {}", name.as_str()))),
        Err(Error::Refused(_)) => Err(Failure::new(format!(
            "{} is the last active admin with a password; make another user an admin first",
            name.as_str()
        ))),
        Err(error) => Err(Failure::new(error.to_string())),
    }
}

fn read<T: Text>(what: &str, text: &str) -> Result<T, Failure> {
    checked(text).map_err(|fault| refused(what, &fault))
}

fn refused(what: &str, fault: &Fault) -> Failure {
    Failure::new(format!("the {what} {}", fault.detail))
}

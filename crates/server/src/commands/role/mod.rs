//! `usher role`

mod import;
mod list;

use crate::{
    cli::role::{RoleCommand, RoleSubcommand},
    database::Postgres,
    failure::Failure,
};
use usher_domain::{
    Clock, RoleName,
    policy::{ConflictReason, Decision},
};
use usher_persistence::{Database, Error, NewRole, RoleChanges};

/// Administers roles from the shell.
pub async fn run(command: RoleCommand) -> Result<(), Failure> {
    let postgres = Postgres::existing(&command.database).await?;
    let done = in_database(&postgres, command.command).await;
    postgres.close().await?;
    done
}

async fn in_database(postgres: &Postgres, command: RoleSubcommand) -> Result<(), Failure> {
    postgres.expect_current().await?;
    let database = postgres.open(Clock::default())?;
    match command {
        RoleSubcommand::List { format } => list::run(&database, format).await,
        RoleSubcommand::Create { name, description, permissions, reserved } => {
            create(&database, NewRole { name, description, permissions, reserved }).await
        }
        RoleSubcommand::Update { name, description, permissions, reserved } => {
            update(&database, &name, RoleChanges { description, permissions, reserved }).await
        }
        RoleSubcommand::Delete { name } => {
            database.delete_role_as_operator(&name).await.map_err(|error| failure(&name, &error))?;
            println!("deleted {}", name.as_str());
            Ok(())
        }
        RoleSubcommand::Import { file } => import::run(&database, &file).await,
    }
}

async fn create(database: &Database, new: NewRole) -> Result<(), Failure> {
    let role = database.create_role_as_operator(&new).await.map_err(|error| failure(&new.name, &error))?;
    println!("created {}", role.role.name.as_str());
    Ok(())
}

async fn update(database: &Database, name: &RoleName, changes: RoleChanges) -> Result<(), Failure> {
    let RoleChanges { description, permissions, reserved } = &changes;
    if description.is_none() && permissions.is_none() && reserved.is_none() {
        return Err(Failure::new("nothing to change: give --description, --permissions or --reserved"));
    }
    let role = database.update_role_as_operator(name, &changes).await.map_err(|error| failure(name, &error))?;
    println!("{}: {}", name.as_str(), role.role.rights.permissions.names().join(", "));
    Ok(())
}

/// The failure of a change to a role.
fn failure(name: &RoleName, error: &Error) -> Failure {
    let name = name.as_str();
    Failure::new(match error {
        Error::UnknownRole => format!("there is no role {name}"),
        Error::RoleNameTaken => format!("there is a role {name} already"),
        Error::Refused(Decision::Conflict(ConflictReason::BuiltInRole)) => {
            format!("the role {name} is built in and cannot be changed or deleted")
        }
        Error::Refused(Decision::Conflict(ConflictReason::RoleInUse)) => format!("some user has the role {name}"),
        Error::Refused(Decision::Conflict(ConflictReason::TooManyRoles)) => "there are too many roles".to_owned(),
        error => error.to_string(),
    })
}

//! `usher user`

mod create;
mod export;
mod import;
mod list;
mod progress;
mod reset_factors;
mod set_role;

use crate::{
    cli::{UserCommand, UserSubcommand},
    database::Postgres,
    failure::Failure,
};
use usher_domain::{Clock, Fault, RoleName, Text, checked, page::UserFilter};

/// Administers users from the shell.
pub async fn run(command: UserCommand) -> Result<(), Failure> {
    let adds = matches!(command.command, UserSubcommand::Create { .. } | UserSubcommand::Import(_));
    let postgres = if adds {
        Postgres::existing_or_new(&command.database).await?
    } else {
        Postgres::existing(&command.database).await?
    };
    let done = in_database(&postgres, command, adds).await;
    postgres.close().await?;
    done
}

async fn in_database(postgres: &Postgres, command: UserCommand, adds: bool) -> Result<(), Failure> {
    if adds {
        postgres.migrate().await?;
    } else {
        postgres.expect_current().await?;
    }
    let clock = Clock::default();
    let database = postgres.open(clock.clone())?;
    match command.command {
        UserSubcommand::Create { username, email, role } => create::run(&database, &username, &email, role).await,
        UserSubcommand::List { q, role, limit } => {
            list::run(&database, UserFilter { q, role, ..UserFilter::default() }, limit).await
        }
        UserSubcommand::SetRole { username, role } => set_role::run(&database, &username, &role).await,
        UserSubcommand::ResetFactors { username, mail } => reset_factors::run(&database, &username, mail).await,
        UserSubcommand::Import(settings) => {
            let secret = import::secret_key(&command.database, &database).await?;
            Box::pin(import::run(&database, clock, secret, settings)).await
        }
        UserSubcommand::Export(settings) => export::run(&database, settings).await,
    }
}

/// A value of the command line.
fn read<T: Text>(what: &str, text: &str) -> Result<T, Failure> {
    checked(text).map_err(|fault| refused(what, &fault))
}

fn no_such_role(name: &RoleName) -> Failure {
    Failure::new(format!("there is no role {}", name.as_str()))
}

fn refused(what: &str, fault: &Fault) -> Failure {
    Failure::new(format!("the {what} {}", fault.detail))
}

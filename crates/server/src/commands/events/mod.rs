//! `usher events`

mod tail;

use crate::{
    cli::events::{EventsCommand, EventsSubcommand},
    database::Postgres,
    failure::Failure,
};
use usher_domain::Clock;

/// Reads the feed of events from the shell.
pub async fn run(command: EventsCommand) -> Result<(), Failure> {
    let postgres = Postgres::existing(&command.database).await?;
    let done = in_database(&postgres, command.command).await;
    postgres.close().await?;
    done
}

async fn in_database(postgres: &Postgres, command: EventsSubcommand) -> Result<(), Failure> {
    postgres.expect_current().await?;
    let database = postgres.open(Clock::default())?;
    match command {
        EventsSubcommand::Tail(tail) => tail::run(&database, tail).await,
    }
}

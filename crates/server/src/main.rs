//! The binary `usher`: command line, settings, logging, start and stop.

mod cli;
mod commands;
mod database;
mod failure;
mod housekeeping;
mod logging;
mod mail;
mod secrets;
mod settings;

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A request takes some fifty allocations; with glibc's allocator they take a twelfth more of its processor time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::read();
    logging::start(&cli.logging);
    let done = match cli.command {
        cli::Command::Serve(serve) => commands::serve::run(serve).await,
        cli::Command::Migrate(database) => commands::migrate::run(&database).await,
        cli::Command::Keys(keys) => commands::keys::run(keys).await,
        cli::Command::User(user) => commands::user::run(user).await,
        cli::Command::Check(check) => commands::check::run(check).await,
        cli::Command::Openapi => commands::openapi::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("usher: {failure}");
            ExitCode::FAILURE
        }
    }
}

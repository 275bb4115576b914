//! The binary `usher`: command line, settings, logging, traces, start and stop.

mod cleanup;
mod cli;
mod commands;
mod database;
mod environment;
mod failure;
mod invalid_requests;
mod listen;
mod logging;
mod mail;
mod second_factors;
mod secrets;
mod settings;
mod startup_server;
mod systemd;
mod traces;

use cli::{Cli, Command};
use failure::{Context, Failure};
use mimalloc::MiMalloc;
use std::{num::NonZero, process::ExitCode, sync::Arc, thread};
use traces::{SpanCounters, Traces};

/// With glibc's allocator a read takes 7 to 9 % more processor time (docs/development/performance.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("usher: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), Failure> {
    environment::without_empty_variables()?;
    let cli = Cli::read();
    // This runtime drives the connections to the database. Requests are served by other threads, one for each core. With fewer
    // threads here, they wake each other less often (docs/development/performance.md).
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cores.div_ceil(2)).enable_all().build();
    runtime.context("cannot start threads")?.block_on(run(cli))
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let spans = Arc::<SpanCounters>::default();
    let traces = match &cli.command {
        Command::Serve(serve) => Traces::start(&serve.traces, &spans)?,
        _ => None,
    };
    logging::start(&cli.logging, traces.as_ref());
    let done = match cli.command {
        Command::Serve(serve) => commands::serve::run(serve, spans).await,
        Command::Migrate(database) => commands::migrate::run(&database).await,
        Command::Keys(keys) => commands::keys::run(keys).await,
        Command::Events(events) => commands::events::run(events).await,
        Command::Role(role) => commands::role::run(role).await,
        Command::User(user) => commands::user::run(user).await,
        Command::Check(check) => commands::check::run(check).await,
        Command::DatabaseUrl(database) => commands::database_url::run(&database),
        Command::Health(listen) => commands::health::run(&listen).await,
        Command::Openapi => commands::openapi::run(),
    };
    if let Some(traces) = traces {
        traces.finish();
    }
    done
}

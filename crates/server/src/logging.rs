//! Logs, on standard error.

use crate::settings::{LogFormat, Logging};
use std::io::{IsTerminal, stderr};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// What the framework says of itself at `info` is of use to nobody; whoever names it gets it.
const FRAMEWORK: &str = "actix_server";

/// Begins to log. What is not understood of the filter is said and passed over.
pub fn start(settings: &Logging) {
    let quiet = if settings.log.contains(FRAMEWORK) { String::new() } else { format!("{FRAMEWORK}=warn,") };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(format!("{quiet}{}", settings.log));
    let format =
        settings.log_format.unwrap_or_else(|| if stderr().is_terminal() { LogFormat::Pretty } else { LogFormat::Json });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    match format {
        LogFormat::Pretty => builder.with_ansi(stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

//! The settings of the log.

use clap::{Args, ValueEnum};

/// What is logged, and how.
#[derive(Args)]
pub struct LogSettings {
    /// Log level (error, warn, info, debug, trace), or directives such as `info,usher_http=debug`
    #[arg(long, env = "USHER_LOG", global = true, default_value = "info")]
    pub log: String,
    /// Log format [default: pretty on a terminal, else json]
    #[arg(long, env = "USHER_LOG_FORMAT", global = true, value_enum)]
    pub log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    Pretty,
    Json,
}

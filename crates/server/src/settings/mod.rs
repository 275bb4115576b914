//! The settings: each is a flag of the command and an environment variable of the same meaning. Secrets have no flag.

pub mod listen_address;
mod logging;
pub mod origins;
mod serve;
mod tracing;
pub mod values;

pub use logging::{LogFormat, LogSettings};
pub use serve::{ListenSettings, RequireMfa, ServeSettings, TokenClaim};
pub use tracing::{Sampler, TraceSettings};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use std::path::PathBuf;
use usher_mail::Sender;

/// The database: `DATABASE_URL`, or the file that `DATABASE_URL_FILE` names. Without it the service runs a private Postgres.
#[derive(Args, Clone)]
pub struct DatabaseSettings {
    /// Directory of the private Postgres and of generated secrets
    #[arg(long, env = "USHER_DATA_DIR", value_name = "DIR", default_value = ".usher")]
    pub data_dir: PathBuf,
}

/// Whether a secret key is generated.
#[derive(Args, Clone, Copy)]
pub struct Generation {
    /// Generate a secret key in the data directory if `DATABASE_URL` is set and `USHER_SECRET_KEY` is not. Turn it off if the
    /// data directory does not outlive the service or if there are replicas, as the container image does
    #[arg(long, env = "USHER_GENERATE_SECRETS", value_enum, default_value_t = Switch::On)]
    pub generate_secrets: Switch,
}

/// The first admin, created at start if there is no admin. The password comes from `USHER_ADMIN_PASSWORD` or the file that
/// `USHER_ADMIN_PASSWORD_FILE` names.
#[derive(Args)]
pub struct FirstAdminSettings {
    /// Username of the first admin
    #[arg(long, env = "USHER_ADMIN_USERNAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub admin_username: Option<String>,
    /// E-mail address of the first admin
    #[arg(long, env = "USHER_ADMIN_EMAIL", value_name = "ADDRESS", value_parser = NonEmptyStringValueParser::new())]
    pub admin_email: Option<String>,
}

/// How mail is sent. `USHER_SMTP_URL`, or the file that `USHER_SMTP_URL_FILE` names, is the mail server. Without it each mail
/// is a file in the data directory's `outbox`.
#[derive(Args)]
pub struct MailSettings {
    /// Sender of mails; required with a mail server
    #[arg(long, env = "USHER_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<Sender>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

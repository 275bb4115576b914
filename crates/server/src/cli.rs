//! The command line. `usher serve --help` is the whole reference of the settings.

pub mod events;
pub mod import;
pub mod role;

use self::{events::EventsCommand, import::Import, role::RoleCommand};
use crate::settings::{
    DatabaseSettings, FirstAdminSettings, Generation, ListenSettings, LogSettings, MailSettings, ServeSettings,
    TraceSettings,
};
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
    error::{ContextKind, ContextValue},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};
use usher_domain::{RoleName, checked};
use usher_files::targets::Target;

/// Secrets have no flags, so the end of the help lists them.
const DATABASE_SECRETS: &str = "\
Secrets, from the environment or from a file named by the same variable with _FILE:
  DATABASE_URL  The database [default: a private Postgres that the service starts itself]";
const USER_SECRETS: &str = "\
Secrets, from the environment or from a file named by the same variable with _FILE:
  DATABASE_URL      The database [default: a private Postgres that the service starts itself]
  USHER_SECRET_KEY  Encrypts imported secrets of authenticator apps; the key of the services [default: generated in
                    the data directory]";
const KEYS_SECRETS: &str = "\
Secrets, from the environment or from a file named by the same variable with _FILE:
  DATABASE_URL      The database [default: a private Postgres that the service starts itself]
  USHER_SECRET_KEY  Encrypts the signing keys in the database; the key of the services [default: generated in
                    the data directory]";
const SERVE_SECRETS: &str = "\
Secrets, from the environment or from a file named by the same variable with _FILE:
  DATABASE_URL                 The database [default: a private Postgres that the service starts itself]
  USHER_SECRET_KEY             Encrypts the signing keys in the database; at least 32 random bytes, the same
                               on all replicas [default: generated in the data directory]
  USHER_ADMIN_PASSWORD         Password of the first admin
  USHER_INTROSPECTION_CLIENTS  Services that may introspect tokens: id:secret pairs, separated by commas
  USHER_SMTP_URL               Mail server: smtps://user:password@host, or smtp://… for STARTTLS
                               [default: each mail is a file in the data directory's outbox]
  OTEL_EXPORTER_OTLP_HEADERS   Header fields for the collector of traces: name=value pairs, separated by commas";

/// Registers, signs in and administers the users of an application.
#[derive(Parser)]
#[command(name = "usher", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub logging: LogSettings,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line and the environment. Prints help and errors, and exits.
    pub fn read() -> Self {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        let mut command = without_values(Self::command());
        let cli = command.try_get_matches_from_mut(&arguments).and_then(|found| Self::from_arg_matches(&found));
        cli.unwrap_or_else(|error| without_passwords(named(error.format(&mut command), &arguments)).exit())
    }
}

/// The command, whose help does not show the values of environment variables.
fn without_values(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(without_values)
}

/// An invalid value is reported by the name of its variable if it came from there.
fn named(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return error };
    let flag = argument.split(' ').next().unwrap_or_default().to_owned();
    let typed = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .any(|typed| typed.strip_prefix(&flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')));
    let variable = variables(&Cli::command()).into_iter().find(|(long, _)| *long == flag);
    if let Some((_, variable)) = variable.filter(|_| !typed) {
        error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
    }
    error
}

/// The error without the passwords of URLs in the values that it repeats.
fn without_passwords(mut error: clap::Error) -> clap::Error {
    let hidden: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(without_password(text)?))),
            ContextValue::Strings(texts) => {
                let hidden = texts.iter().map(|text| without_password(text).unwrap_or_else(|| text.clone()));
                Some((kind, ContextValue::Strings(hidden.collect())))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in hidden {
        error.insert(kind, value);
    }
    error
}

/// The text with `…` in place of the password, if a URL in it has one. The password reaches from the colon after the user name
/// to the last `@`, because a password that is not percent-encoded may contain any character.
fn without_password(text: &str) -> Option<String> {
    let host = text.rfind('@')?;
    let user = text[..host].find("//").map_or(0, |slashes| slashes + "//".len());
    let password = user + text[user..host].find(':')? + 1;
    Some(format!("{}…{}", &text[..password], &text[host..]))
}

/// Every flag that has a variable, with that variable.
fn variables(command: &clap::Command) -> Vec<(String, String)> {
    let own_variables = command
        .get_arguments()
        .filter_map(|argument| Some((format!("--{}", argument.get_long()?), argument.get_env()?.to_str()?.to_owned())));
    own_variables.chain(command.get_subcommands().flat_map(variables)).collect()
}

#[derive(Subcommand)]
pub enum Command {
    /// Migrate the database, then serve
    #[command(after_help = SERVE_SECRETS)]
    Serve(Serve),
    /// Migrate the database and exit
    #[command(after_help = DATABASE_SECRETS)]
    Migrate(DatabaseSettings),
    /// Administer users from the shell
    #[command(after_help = USER_SECRETS)]
    User(UserCommand),
    /// Administer roles from the shell
    #[command(after_help = DATABASE_SECRETS)]
    Role(RoleCommand),
    /// Read the feed of events from the shell
    #[command(after_help = DATABASE_SECRETS)]
    Events(EventsCommand),
    /// Change the keys that sign access tokens
    #[command(after_help = KEYS_SECRETS)]
    Keys(KeysCommand),
    /// Check the settings and the database without serving
    #[command(after_help = SERVE_SECRETS)]
    Check(Check),
    /// Check whether the service on this machine is ready, for health checks of containers
    ///
    /// Requests `/health/ready` at the address that the service listens on. Exits with 0 if the service is ready, else with 1.
    Health(ListenSettings),
    /// Print the URL of the database, for `pg_dump` and `psql`
    ///
    /// A private Postgres can be reached only while a service runs on it.
    #[command(after_help = DATABASE_SECRETS)]
    DatabaseUrl(DatabaseSettings),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub generation: Generation,
    /// Do not migrate the database
    #[arg(long)]
    pub no_migrate: bool,
    #[command(flatten)]
    pub admin: FirstAdminSettings,
    #[command(flatten)]
    pub settings: ServeSettings,
    #[command(flatten)]
    pub mail: MailSettings,
    #[command(flatten)]
    pub traces: TraceSettings,
}

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub generation: Generation,
    #[command(flatten)]
    pub admin: FirstAdminSettings,
    #[command(flatten)]
    pub settings: ServeSettings,
    #[command(flatten)]
    pub mail: MailSettings,
    #[command(flatten)]
    pub traces: TraceSettings,
}

#[derive(Args)]
pub struct UserCommand {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(subcommand)]
    pub command: UserSubcommand,
}

#[derive(Args)]
pub struct KeysCommand {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub generation: Generation,
    #[command(subcommand)]
    pub command: KeysSubcommand,
}

/// Running services apply the change at their next request. Sessions and refresh tokens stay valid.
#[derive(Subcommand)]
pub enum KeysSubcommand {
    /// Publish a new key and sign with it two minutes later, when services that verify tokens have fetched it
    ///
    /// Tokens of the former key stay valid until they expire. Then that key is removed.
    Rotate,
    /// Invalidate all access tokens at once and sign with a new key
    ///
    /// Clients continue with their refresh tokens. Services that verify tokens themselves refuse the old ones as soon as they
    /// fetch the public keys again, which they may cache for a minute.
    Revoke {
        /// The secret key of the former signing keys is lost: create a signing key for the present secret key
        #[arg(long)]
        secret_lost: bool,
    },
}

#[derive(Subcommand)]
pub enum UserSubcommand {
    /// Create a user, with the password from standard input
    Create {
        /// Username
        username: String,
        /// E-mail address
        email: String,
        /// Name of a role
        #[arg(long, value_parser = role_name, default_value = "user")]
        role: RoleName,
    },
    /// List users
    List {
        /// Only users whose username or e-mail address contains this text
        #[arg(long)]
        q: Option<String>,
        /// Only users with this role
        #[arg(long, value_parser = role_name)]
        role: Option<RoleName>,
        /// Maximum number of users to list
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Set the role of a user
    SetRole {
        /// Username
        username: String,
        /// Name of the new role
        #[arg(value_parser = role_name)]
        role: RoleName,
    },
    /// Remove all second factors of a user who has lost them, and end the user's sessions
    ///
    /// API keys stay valid. The user is notified by mail.
    ResetFactors {
        /// Username
        username: String,
        /// Also void the password and mail a link to choose a new one
        #[arg(long)]
        mail: bool,
    },
    Import(Import),
    Export(Export),
}

/// Write all users to a file that `usher user import` or another system can read
#[derive(Args)]
pub struct Export {
    /// File to write, which must not exist; `-` is standard output
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// Format of the file [default: by its name (.csv, .ndjson, .jsonl), else csv]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write JSON that this system imports
    #[arg(long, value_name = "SYSTEM", value_parser = target(), conflicts_with = "format")]
    pub to: Option<Target>,
    /// Leave out the password hashes. With the hashes, passwords can be guessed offline; without them, the imported users
    /// cannot sign in before resetting their password
    #[arg(long)]
    pub without_password_hashes: bool,
}

fn target() -> impl TypedValueParser<Value = Target> {
    PossibleValuesParser::new(Target::ALL.map(Target::name))
        .try_map(|name| Target::from_name(&name).ok_or("is not a system"))
}

/// The format of a file of users.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    Csv,
    Ndjson,
}

impl Format {
    /// The format for the extension of a file.
    pub fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// The name of a role on the command line.
fn role_name(text: &str) -> Result<RoleName, String> {
    checked(text).map_err(|fault| fault.detail.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_shows_no_value_of_a_variable() {
        fn all(command: &clap::Command) -> Vec<&clap::Arg> {
            command.get_arguments().chain(command.get_subcommands().flat_map(all)).collect()
        }
        let command = without_values(Cli::command());
        let with_variable: Vec<_> = all(&command).into_iter().filter(|argument| argument.get_env().is_some()).collect();
        assert!(with_variable.len() > 25, "{}", with_variable.len());
        assert!(with_variable.iter().all(|argument| argument.is_hide_env_values_set()));
    }

    #[test]
    fn the_password_of_a_url_is_hidden_whatever_characters_it_has() {
        for (text, hidden) in [
            ("http://ada:hush@collector:4318", "http://ada:…@collector:4318"),
            ("https://ada:h@u/s?h#@example.com/auth", "https://ada:…@example.com/auth"),
            ("'\"postgres://ada:hush@db/usher\"'", "'\"postgres://ada:…@db/usher\"'"),
            ("postgres//ada:hush@db/usher", "postgres//ada:…@db/usher"),
        ] {
            assert_eq!(without_password(text).as_deref(), Some(hidden));
        }
        for text in ["http://collector:4318", "https://key@collector/v1/traces", "ada@example.com", "10.0.0.0/8"] {
            assert_eq!(without_password(text), None, "{text}");
        }
    }
}

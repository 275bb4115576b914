//! The command line. `usher serve --help` is the whole reference of the settings.

use crate::settings::{Admin, Binding, DatabaseSettings, Generation, Listen, Logging, Mail, Traces};
use clap::{
    Args, CommandFactory, Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Secrets are no flags, so they are told at the foot of the help.
const DATABASE_SECRETS: &str = "\
Secrets, from the environment or from the file that the same variable with _FILE names:
  DATABASE_URL  The database [default: a private Postgres that the service starts itself]";
const KEYS_SECRETS: &str = "\
Secrets, from the environment or from the file that the same variable with _FILE names:
  DATABASE_URL      The database [default: a private Postgres that the service starts itself]
  USHER_SECRET_KEY  Wraps the signing keys that rest in the database; that of the services [default: made in
                    the data directory]";
const SERVE_SECRETS: &str = "\
Secrets, from the environment or from the file that the same variable with _FILE names:
  DATABASE_URL                 The database [default: a private Postgres that the service starts itself]
  USHER_SECRET_KEY             Wraps the signing keys that rest in the database; at least 32 random bytes,
                               the same on all replicas [default: made in the data directory]
  USHER_ADMIN_PASSWORD         Password of the first admin
  USHER_INTROSPECTION_CLIENTS  Services that may look at tokens: id:secret pairs, separated by commas
  USHER_SMTP_URL               Mail server: smtps://user:password@host, or smtp://… for STARTTLS
                               [default: each mail is a file in the data directory's outbox]
  OTEL_EXPORTER_OTLP_HEADERS   Header fields for the collector of traces: name=value pairs, separated by commas";

/// Registers, signs in and administers the users of an application.
#[derive(Parser)]
#[command(name = "usher", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub logging: Logging,
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line and the environment. Help and faults are printed, and the process ends.
    pub fn read() -> Self {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        Self::try_parse_from(&arguments).unwrap_or_else(|error| without_passwords(named(error, &arguments)).exit())
    }
}

/// A value that is at fault is told by the name of its variable where it came from there.
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

/// The same without the passwords of URLs in what it repeats.
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

/// The text with `…` in the place of the password, if a URL in it has one: from the colon behind the user name to the last
/// `@`, for a password that is not percent-encoded may have any character.
fn without_password(text: &str) -> Option<String> {
    let host = text.rfind('@')?;
    let user = text[..host].find("//").map_or(0, |slashes| slashes + "//".len());
    let password = user + text[user..host].find(':')? + 1;
    Some(format!("{}…{}", &text[..password], &text[host..]))
}

/// Every flag that has a variable, with it.
fn variables(command: &clap::Command) -> Vec<(String, String)> {
    let own = command
        .get_arguments()
        .filter_map(|argument| Some((format!("--{}", argument.get_long()?), argument.get_env()?.to_str()?.to_owned())));
    own.chain(command.get_subcommands().flat_map(variables)).collect()
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
    #[command(after_help = DATABASE_SECRETS)]
    User(UserCommand),
    /// Change the keys that sign access tokens
    #[command(after_help = KEYS_SECRETS)]
    Keys(KeysCommand),
    /// Tell whether settings and database would serve
    #[command(after_help = SERVE_SECRETS)]
    Check(Check),
    /// Ask the service on this machine whether it can serve, for health checks of containers
    ///
    /// Asks `/health/ready` at the address that the service listens on. Exits with 0 when the service is ready, else with 1.
    Health(Listen),
    /// Print the URL of the database, for `pg_dump` and `psql`
    ///
    /// A private Postgres can only be reached while a service runs on it.
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
    /// Leave the database's schema as it is
    #[arg(long)]
    pub no_migrate: bool,
    #[command(flatten)]
    pub admin: Admin,
    #[command(flatten)]
    pub binding: Binding,
    #[command(flatten)]
    pub mail: Mail,
    #[command(flatten)]
    pub traces: Traces,
}

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub generation: Generation,
    #[command(flatten)]
    pub admin: Admin,
    #[command(flatten)]
    pub binding: Binding,
    #[command(flatten)]
    pub mail: Mail,
    #[command(flatten)]
    pub traces: Traces,
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

/// Running services notice at their next request. Sessions and refresh tokens go on.
#[derive(Subcommand)]
pub enum KeysSubcommand {
    /// Publish a new key, and sign with it two minutes later, when everyone who verifies tokens knows it
    ///
    /// Tokens of the former key stay good until they expire; then it is removed.
    Rotate,
    /// Have all access tokens refused at once, and sign with a new key
    ///
    /// Clients go on with their refresh tokens. Other services that verify tokens by themselves refuse the old ones as soon as
    /// they fetch the public keys again, which they may keep for a minute.
    Revoke {
        /// The secret key of the former signing keys is lost: make one for the secret key that is set now
        #[arg(long)]
        secret_lost: bool,
    },
}

#[derive(Subcommand)]
pub enum UserSubcommand {
    /// Create a user; the password is read from standard input
    Create {
        /// The username
        username: String,
        /// The e-mail address
        email: String,
        /// The role
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
    },
    /// List users
    List {
        /// Only users whose username or e-mail address has this part
        #[arg(long)]
        q: Option<String>,
        /// Only users with this role
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Most users to list
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Give a user a role
    SetRole {
        /// The user's name
        username: String,
        /// The role
        #[arg(value_enum)]
        role: RoleName,
    },
    Import(Import),
    Export(Export),
}

/// Add users from a file
///
/// Users are only added: whoever is there already stays as they are. A line that cannot be taken is told by its number on
/// standard error, and the others are added all the same. Lines of users who are there already, with the same username and
/// e-mail address, are counted and passed over, so a file can be imported again after it was mended or interrupted. Nobody is
/// sent any mail.
#[derive(Args)]
#[command(after_long_help = IMPORTED_FILE)]
pub struct Import {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How the file is written [default: by its name (.csv, .ndjson, .jsonl), else by its first character]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Add nobody unless every line can be taken
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Add nobody, only tell what would be done
    #[arg(long)]
    pub dry_run: bool,
}

const IMPORTED_FILE: &str = "\
The file is CSV, whose first line names the columns, or it has a JSON object on
each line (NDJSON). Columns and keys, of which the first two must be there:

  username        3 to 32 letters and digits, `.`, `_` and `-`
  email           an e-mail address
  email_verified  true or false; false if left out
  pending_email   the user's own new address that is not confirmed yet
  role            user or admin; user if left out
  status          active or suspended; active if left out
  password_hash   a PHC or crypt string: bcrypt ($2a$, $2b$, $2y$), argon2id,
                  pbkdf2-sha256 or scrypt; replaced at the next sign-in by one
                  of the service's own, if the password could be chosen here.
                  If left out, the user cannot sign in before resetting it
  created_at      a time such as 2026-01-02T03:04:05.678Z, kept to the
                  millisecond; now if left out
  updated_at      likewise; as created_at if left out
  last_login_at   likewise; never if left out
  id              a UUIDv7 of the time created_at; a new one if left out

An empty CSV value or a null counts as left out. A line is UTF-8, has at most
65,536 bytes, and no line break within a value.";

/// Write all users to a file, oldest first, such that `usher user import` takes it
#[derive(Args)]
pub struct Export {
    /// The file, which must not be there yet; `-` is standard output
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// How the file is written [default: by its name (.csv, .ndjson, .jsonl), else csv]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Leave out the hashes of passwords: whoever has them can try passwords as fast as they like, and nobody signs in
    /// with what has none
    #[arg(long)]
    pub without_password_hashes: bool,
}

/// How users are written in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    Csv,
    Ndjson,
}

impl Format {
    /// The one that a file's name tells.
    pub fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// A role, as it is typed.
#[derive(Clone, Copy, ValueEnum)]
pub enum RoleName {
    Admin,
    User,
}

impl From<RoleName> for usher_domain::Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::User => Self::User,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn the_password_of_a_url_is_hidden_whatever_is_in_it() {
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

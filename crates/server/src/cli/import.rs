//! `usher user import` on the command line.

use clap::{Args, ValueEnum, builder::PossibleValuesParser, builder::TypedValueParser as _};
use std::path::{Path, PathBuf};
use usher_files::{Format, input::Encoding, sources::Source, usernames::Rule};

/// Add users from a file
///
/// Existing users are not changed. An invalid record is reported by its line on standard error and written to
/// FILE.rejected.csv or FILE.rejected.ndjson with the reason, ready to be corrected and imported; the other records are
/// imported. Records of existing users, with the same username and e-mail address, are counted and skipped, so a file can be
/// imported again after it was corrected or interrupted. No mail is sent.
#[derive(Args)]
#[command(after_long_help = IMPORTED_FILE)]
pub struct Import {
    /// File to read; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// System that wrote the file [default: recognized by the columns or keys, else usher]
    #[arg(long, value_name = "SOURCE", value_parser = source())]
    pub from: Option<Source>,
    /// Format of the file [default: by its content, else by its name]
    #[arg(long, value_enum)]
    pub format: Option<InputFormat>,
    /// Encoding of the file, such as windows-1252 or utf-16le [default: by its byte order mark, else UTF-8 if it is that, else
    /// Windows-1252]
    #[arg(long, value_parser = encoding)]
    pub encoding: Option<Encoding>,
    /// Give a column or key of the file a field: `--column Mail=email`. Repeatable. THEIRS may be a path, such as
    /// `profile.email`; without OURS, the column is ignored
    #[arg(long = "column", visible_alias = "field", value_name = "THEIRS=OURS", value_parser = pair)]
    pub columns: Vec<(String, String)>,
    /// Ignore all columns and keys that are not known
    #[arg(long)]
    pub ignore_unknown: bool,
    /// Give users with a role or group of the other system a role of ours: `--role staff=support`. Repeatable
    #[arg(long = "role", value_name = "THEIRS=OURS", value_parser = pair)]
    pub roles: Vec<(String, String)>,
    #[command(flatten)]
    pub naming: Naming,
    /// File with the password hash parameters of a Firebase project, as its console shows them
    #[arg(long, value_name = "FILE")]
    pub firebase_hash_config: Option<PathBuf>,
    /// Write line, old id, new id and username of each user to this CSV file, which must not exist
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// File for the refused records, which must not exist [default: FILE.rejected.csv or FILE.rejected.ndjson, with a number
    /// if that exists; none for standard input]
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
    /// Import nothing unless every record is valid
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Import nothing, only report what would be done. The refused records are written
    #[arg(long)]
    pub dry_run: bool,
}

/// How users are named.
#[derive(Args)]
pub struct Naming {
    /// Where usernames come from. Those that are made of addresses are unique: `ada`, `ada-2`
    #[arg(long, value_enum, default_value_t)]
    pub username: UsernameRule,
    /// Replace usernames that are invalid or taken by similar ones; people can also sign in with their e-mail address
    #[arg(long)]
    pub fix_usernames: bool,
}

const IMPORTED_FILE: &str = "\
The file is CSV with the names of the columns in its first line, or JSON: an
object on each line, an array, or an object with an array of users. Columns may
be separated by commas, semicolons, tabs or |. Columns and keys of the source
usher; those of other systems are in the documentation (docs/operating/migrate):

  username        3 to 32 letters and digits, `.`, `_` and `-`
  email           an e-mail address
  email_verified  true or false (t, 1, yes, and the words of spreadsheets in
                  other languages); false if left out
  pending_email   a new address of the user that is not verified yet
  role            the name of a role; user if left out
  status          active or suspended; active if left out
  password_hash   as another system wrote it: bcrypt, argon2, scrypt, PBKDF2,
                  crypt(3), phpass and others; replaced at the next sign-in by
                  the service's own hash, if the password is allowed here. If
                  left out, the user must reset the password before signing in
  totp_secret     the secret of an authenticator app, in base32 or as an otpauth
                  URI: the user has it as a second factor. Never exported
  created_at      a time such as 2026-01-02T03:04:05.678Z or 2026-01-02 03:04:05
                  (UTC), or seconds or milliseconds since 1970; now if left out
  updated_at      likewise; as created_at if left out
  last_login_at   likewise; never if left out
  id              a UUID; a new one if left out
  external_id     the id of the user in another system, if that is not a UUID

`username` and `email` are required; see --username. An empty value, \\N, NULL or
a null counts as left out. A line has at most 65,536 bytes.";

/// The format of a file to import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum InputFormat {
    /// Rows of cells
    Csv,
    /// Objects, one on each line or in one document
    #[value(alias = "ndjson", alias = "jsonl")]
    Json,
}

impl InputFormat {
    pub fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
        }
    }

    /// The format for the extension of a file, if its content can be only of that.
    pub fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_ascii_lowercase();
        matches!(extension.as_str(), "ndjson" | "jsonl" | "json").then_some(Self::Json)
    }
}

/// Where usernames come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum UsernameRule {
    /// From the file
    #[default]
    Column,
    /// From the e-mail address, up to the @
    EmailLocalPart,
    /// From the whole e-mail address, with a hyphen for the @
    Email,
}

impl UsernameRule {
    pub fn rule(self) -> Rule {
        match self {
            Self::Column => Rule::Column,
            Self::EmailLocalPart => Rule::EmailLocalPart,
            Self::Email => Rule::Email,
        }
    }
}

fn source() -> impl clap::builder::TypedValueParser<Value = Source> {
    PossibleValuesParser::new(Source::ALL.map(Source::name))
        .try_map(|name| Source::from_name(&name).ok_or("is not a source"))
}

fn encoding(label: &str) -> Result<Encoding, String> {
    Encoding::from_label(label).ok_or_else(|| "is not the name of an encoding, such as windows-1252".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (theirs, ours) = text.split_once('=').ok_or("must be THEIRS=OURS")?;
    Ok((theirs.to_owned(), ours.to_owned()))
}

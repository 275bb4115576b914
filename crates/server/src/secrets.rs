//! Secrets: from the environment, from the file that the same variable with `_FILE` names, or made in the data directory.
//! Never from a flag, which every user of a machine can see.

use crate::{
    failure::Failure,
    settings::{DatabaseSettings, Generation, Switch},
};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use usher_auth::SecretKey;
use usher_persistence::embedded::make_data_dir;

const SECRET_KEY: &str = "USHER_SECRET_KEY";
/// In the data directory: the secret key that was generated.
const SECRET_KEY_FILE: &str = "secret_key";

/// The secret of that name, if it is set; one that is set but empty counts as not set.
pub fn from_environment(name: &str) -> Result<Option<String>, Failure> {
    let file_name = format!("{name}_FILE");
    let read = |name: &str| match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(Failure::new(format!("{name} is not UTF-8"))),
    };
    match (read(name)?, read(&file_name)?) {
        (Some(_), Some(_)) => Err(Failure::new(format!("{name} and {file_name} are both set; set one of them"))),
        (Some(value), None) => Ok(Some(value)),
        (None, Some(path)) => {
            let text = fs::read_to_string(&path)
                .map_err(|error| Failure::during(&format!("{file_name} names {path}, which cannot be read"), error))?;
            // Editors on Windows put a byte order mark first.
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let text = text.strip_suffix('\n').unwrap_or(text);
            Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()).filter(|text| !text.is_empty()))
        }
        (None, None) => Ok(None),
    }
}

/// Makes the data directory, which only its owner may look into.
pub fn data_dir(path: &Path) -> Result<(), Failure> {
    make_data_dir(path).map(drop).map_err(|error| Failure::during("USHER_DATA_DIR", error))
}

/// Writes a new file that only its owner can read; `false` where there is one already.
pub fn write_once(path: &Path, text: &str) -> Result<bool, Failure> {
    let failed = |error| Failure::during(&format!("{} cannot be written", path.display()), error);
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(true)
}

/// The secret key: `USHER_SECRET_KEY`, or the one that was generated in the data directory; `None` if there is neither.
pub fn secret_key(data_dir: &Path) -> Result<Option<SecretKey>, Failure> {
    let text = match from_environment(SECRET_KEY)? {
        Some(text) => Some(text),
        None => kept(&data_dir.join(SECRET_KEY_FILE))?,
    };
    text.map(|text| SecretKey::new(&text)).transpose().map_err(|error| Failure::during(SECRET_KEY, error))
}

/// The same; one that is not there is generated in the data directory, if the settings allow it.
pub fn secret_key_or_new(database: &DatabaseSettings, generation: Generation) -> Result<SecretKey, Failure> {
    if let Some(key) = secret_key(&database.data_dir)? {
        return Ok(key);
    }
    may_generate(generation)?;
    let path = database.data_dir.join(SECRET_KEY_FILE);
    generate(&path)?;
    secret_key(&database.data_dir)?.ok_or_else(|| Failure::new(format!("{} is gone", path.display())))
}

/// Whether the settings allow a secret key to be generated. A private Postgres always has one beside it: both are kept or lost
/// together.
pub fn may_generate(generation: Generation) -> Result<(), Failure> {
    if generation.generate_secrets == Switch::On || from_environment("DATABASE_URL")?.is_none() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{SECRET_KEY} is not set, and none is generated because USHER_GENERATE_SECRETS is off; set it to at least 32 random \
         bytes, the same on all replicas (`openssl rand -base64 32` prints such a key)"
    )))
}

/// The services that may look at tokens: `id:secret` pairs in `USHER_INTROSPECTION_CLIENTS`.
pub fn introspection_clients() -> Result<usher_auth::Clients, Failure> {
    const NAME: &str = "USHER_INTROSPECTION_CLIENTS";
    let text = from_environment(NAME)?.unwrap_or_default();
    usher_auth::Clients::parse(&text).map_err(|error| Failure::during(NAME, error))
}

/// The text of a file in the data directory, if the file is there.
fn kept(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Failure::during(&path.display().to_string(), error)),
    }
}

/// Generates a secret key. It is written beside its place and linked into it whole, so that nobody ever reads half of it; if
/// another process was faster, its key stays.
fn generate(path: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::during(&format!("{} cannot be kept", path.display()), error);
    let made = SecretKey::generate().map_err(|error| Failure::during("no secret key", error))?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    write_once(&draft, &made)?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

//! Secrets: from the environment, from the file that the same variable with `_FILE` names, or generated in the data directory.
//! Never from a flag, which every user of the machine can see.

use crate::{
    failure::{Context, Failure},
    settings::{DatabaseSettings, Generation, Switch},
};
use std::{fs, io, path::Path};
use usher_auth::SecretKey;
use usher_data_dir::Directory;

const SECRET_KEY: &str = "USHER_SECRET_KEY";
/// In the data directory: the secret key that was generated.
const SECRET_KEY_FILE: &str = "secret_key";
/// In the data directory: a secret key that is being written has this name with the process id as its suffix.
const DRAFT: &str = "secret_key.new-";

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
            let text =
                fs::read_to_string(&path).context(format_args!("{file_name} names {path}, which cannot be read"))?;
            // Editors on Windows put a byte order mark first.
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let text = text.strip_suffix('\n').unwrap_or(text);
            Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()).filter(|text| !text.is_empty()))
        }
        (None, None) => Ok(None),
    }
}

/// Opens the data directory. Creates it, for its owner only, if it does not exist.
pub fn data_dir(path: &Path) -> Result<Directory, Failure> {
    Directory::create(path).context(unusable(path))
}

/// The secret key: `USHER_SECRET_KEY`, or the one in the data directory; `None` if there is neither.
pub fn secret_key(data_dir: &Path) -> Result<Option<SecretKey>, Failure> {
    secret_key_in(data_dir, Directory::open)
}

/// The same for a command next to a running service, which root may run in the data directory of another user.
pub fn secret_key_of_service(data_dir: &Path) -> Result<Option<SecretKey>, Failure> {
    secret_key_in(data_dir, Directory::open_of_any_owner)
}

fn secret_key_in(
    data_dir: &Path,
    open: impl FnOnce(&Path) -> io::Result<Option<Directory>>,
) -> Result<Option<SecretKey>, Failure> {
    if let Some(text) = from_environment(SECRET_KEY)? {
        return SecretKey::new(&text).map(Some).context(SECRET_KEY);
    }
    match open(data_dir).context(unusable(data_dir))? {
        Some(data_dir) => stored(&data_dir),
        None => Ok(None),
    }
}

/// The same as [`secret_key`]; one that does not exist is generated in the data directory, if the settings allow it.
pub fn secret_key_or_new(database: &DatabaseSettings, generation: Generation) -> Result<SecretKey, Failure> {
    if let Some(key) = secret_key(&database.data_dir)? {
        return Ok(key);
    }
    may_generate(generation)?;
    let data_dir = data_dir(&database.data_dir)?;
    generate(&data_dir)?;
    let deleted = || Failure::new(format!("{} was deleted", data_dir.path().join(SECRET_KEY_FILE).display()));
    stored(&data_dir)?.ok_or_else(deleted)
}

/// Whether the settings allow a secret key to be generated. With a private Postgres they always do: key and database are
/// kept or lost together.
pub fn may_generate(generation: Generation) -> Result<(), Failure> {
    if generation.generate_secrets == Switch::On || from_environment("DATABASE_URL")?.is_none() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{SECRET_KEY} is not set, and none is generated because USHER_GENERATE_SECRETS is off; set it to at least 32 random \
         bytes, the same on all replicas (`openssl rand -base64 32` prints such a key)"
    )))
}

/// The services that may introspect tokens: `id:secret` pairs in `USHER_INTROSPECTION_CLIENTS`.
pub fn introspection_clients() -> Result<usher_auth::Clients, Failure> {
    const NAME: &str = "USHER_INTROSPECTION_CLIENTS";
    let text = from_environment(NAME)?.unwrap_or_default();
    usher_auth::Clients::parse(&text).context(NAME)
}

/// The secret key in the data directory, if there is one. It is refused if others can have put it there or can read it.
fn stored(data_dir: &Directory) -> Result<Option<SecretKey>, Failure> {
    let path = data_dir.path().join(SECRET_KEY_FILE);
    let bytes = data_dir
        .remove_drafts(SECRET_KEY_FILE, |name| name.starts_with(DRAFT))
        .and_then(|()| data_dir.read_secret(SECRET_KEY_FILE))
        .context(path.display())?;
    let Some(bytes) = bytes else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| Failure::new(format!("{} is not UTF-8", path.display())))?;
    SecretKey::new(&text).map(Some).context(path.display())
}

/// Generates a secret key. It is written to a draft and then linked, so that no process reads a part of it; if another
/// process was faster, its key stays.
fn generate(data_dir: &Directory) -> Result<(), Failure> {
    let key = SecretKey::generate().context("no secret key")?;
    let draft = format!("{DRAFT}{}", std::process::id());
    let path = data_dir.path().join(SECRET_KEY_FILE);
    data_dir.write_once(SECRET_KEY_FILE, draft, key.as_bytes()).context(format_args!("cannot write {}", path.display()))
}

fn unusable(data_dir: &Path) -> String {
    format!("USHER_DATA_DIR: {} cannot be used", data_dir.display())
}

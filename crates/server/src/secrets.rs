//! Secrets: from the environment, from the file that the same variable with `_FILE` names, or made in the data directory.
//! Never from a flag, which every user of a machine can see.

use crate::failure::Failure;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use usher_persistence::embedded::make_data_dir;

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
            let text = text.strip_suffix('\n').unwrap_or(&text);
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

/// The secret key: `USHER_SECRET_KEY`, or one that is made once in the data directory.
pub fn secret_key(data_dir: &Path) -> Result<usher_auth::SecretKey, Failure> {
    let set = from_environment("USHER_SECRET_KEY")?;
    let text = match set {
        Some(text) => text,
        None => made_once(&data_dir.join("secret_key"))?,
    };
    usher_auth::SecretKey::new(&text).map_err(|error| Failure::during("USHER_SECRET_KEY", error))
}

/// The services that may look at tokens: `id:secret` pairs in `USHER_INTROSPECTION_CLIENTS`.
pub fn introspection_clients() -> Result<usher_auth::Clients, Failure> {
    const NAME: &str = "USHER_INTROSPECTION_CLIENTS";
    let text = from_environment(NAME)?.unwrap_or_default();
    usher_auth::Clients::parse(&text).map_err(|error| Failure::during(NAME, error))
}

/// The file's text, which is made where it is not there. It is written beside its place and linked into it whole, so that
/// nobody ever reads half of it.
fn made_once(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::during(&format!("{} cannot be kept", path.display()), error);
    if !path.exists() {
        let made = usher_auth::SecretKey::generate().map_err(|error| Failure::during("no secret key", error))?;
        let draft = path.with_extension(format!("new-{}", std::process::id()));
        write_once(&draft, &made)?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
    }
    fs::read_to_string(path).map_err(failed)
}

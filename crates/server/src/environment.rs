//! The environment: a variable that is set and empty counts as unset.

use crate::failure::Failure;
use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt,
    process::Command,
};

/// Variables that the service or a library of it reads begin with these.
const PREFIXES: [&str; 4] = ["USHER_", "DATABASE_URL", "OTEL_", "SSL_CERT_"];

/// Starts the program again without the variables that are set and empty, if there are any. Compose files and charts set
/// such variables for what is left out (`${NAME:-}`).
///
/// A process cannot safely remove a variable from its own environment, and some variables are read by libraries.
pub fn without_empty_variables() -> Result<(), Failure> {
    let empty: Vec<OsString> =
        env::vars_os().filter(|(name, value)| value.is_empty() && is_ours(name)).map(|(name, _)| name).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let failed = |error| Failure::during("the program cannot be started without the variables that are empty", error);
    let program = env::current_exe().map_err(failed)?;
    let mut arguments = env::args_os();
    let mut command = Command::new(&program);
    command.arg0(arguments.next().unwrap_or_else(|| program.into_os_string())).args(arguments);
    for name in empty {
        command.env_remove(name);
    }
    Err(failed(command.exec()))
}

fn is_ours(name: &OsStr) -> bool {
    PREFIXES.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}

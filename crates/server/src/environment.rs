//! The environment: a variable that is set and empty counts as unset.

use crate::failure::{Context, Failure};
use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::process::CommandExt,
    process::Command,
};

/// The prefixes of the variables that the service and its libraries read.
const PREFIXES: [&str; 4] = ["USHER_", "DATABASE_URL", "OTEL_", "SSL_CERT_"];

/// What fails if the program cannot be restarted.
const RESTART: &str = "cannot restart without the empty variables";

/// Restarts the program without its empty variables, if there are any. Compose files and charts set such variables for values
/// that are left out (`${NAME:-}`).
///
/// A process cannot safely remove a variable from its own environment, and libraries read some of the variables.
pub fn without_empty_variables() -> Result<(), Failure> {
    let empty: Vec<OsString> =
        env::vars_os().filter(|(name, value)| value.is_empty() && is_ours(name)).map(|(name, _)| name).collect();
    if empty.is_empty() {
        return Ok(());
    }
    let program = env::current_exe().context(RESTART)?;
    let mut arguments = env::args_os();
    let mut command = Command::new(&program);
    command.arg0(arguments.next().unwrap_or_else(|| program.into_os_string())).args(arguments);
    for name in empty {
        command.env_remove(name);
    }
    Err(command.exec()).context(RESTART)
}

fn is_ours(name: &OsStr) -> bool {
    PREFIXES.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}

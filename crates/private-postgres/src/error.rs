//! Errors. Each message says what to do next.

use std::{fmt, io, path::PathBuf};

/// Why the private Postgres could not be started, found or stopped.
///
/// The message of an error includes its cause, because commands and logs print one line. So there is no
/// [`source`](std::error::Error::source), which would repeat it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No Postgres of version 14 or later is installed in the searched directories.
    #[error(
        "no Postgres (14 or later) is installed, and DATABASE_URL is not set. Install it:\n\
         \x20 Debian, Ubuntu:  sudo apt-get install postgresql\n\
         \x20 macOS:           brew install postgresql@17\n\
         \x20 Fedora:          sudo dnf install postgresql-server postgresql-contrib\n\
         or name a database in DATABASE_URL"
    )]
    NoBinaries,
    /// The cluster was created by a major version of Postgres that is not installed.
    #[error(
        "the cluster in {cluster} was made by Postgres {needs}, which is not installed{}. Install Postgres {needs} beside it, or \
         bring the cluster to the newer version with pg_upgrade",
        installed(.found)
    )]
    WrongVersion {
        /// The directory of the cluster.
        cluster: PathBuf,
        /// The major version that it needs.
        needs: u32,
        /// The major versions that are installed.
        found: Vec<u32>,
    },
    /// Postgres is installed without `pg_trgm`, which searching needs.
    #[error(
        "Postgres {major} is installed without its extension pg_trgm. Install it:\n\
         \x20 Debian, Ubuntu:  sudo apt-get install postgresql-{major}\n\
         \x20 macOS:           brew reinstall postgresql@{major}\n\
         \x20 Fedora:          sudo dnf install postgresql-contrib"
    )]
    NoTrigrams {
        /// The major version of the installed Postgres.
        major: u32,
    },
    /// Another process has locked the data directory.
    #[error(
        "another usher {}already uses the data directory {data_dir}. Stop it first, or give this one a directory of its own in \
         USHER_DATA_DIR",
        process(*.pid)
    )]
    Locked {
        /// The data directory.
        data_dir: PathBuf,
        /// The id of that process, if the lock file has it.
        pid: Option<u32>,
    },
    /// A Postgres without a supervisor runs on the cluster and does not end.
    #[error("a Postgres (process {pid}) still runs on {cluster} and does not end. Stop it with: kill -INT {pid}")]
    StillRunning {
        /// The directory of the cluster.
        cluster: PathBuf,
        /// The id of the postmaster process.
        pid: i32,
    },
    /// A directory belongs to the wrong user or gives others access.
    #[error(
        "{path} must be a directory that belongs to user {owner} and that nobody else can write to or, where it holds a socket, \
         enter"
    )]
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// The id of the user that must own it.
        owner: u32,
    },
    /// The user that runs Postgres cannot reach the cluster.
    #[error(
        "user {uid}, who runs Postgres because root may not, cannot reach {cluster}. Let others search the directories above it \
         (chmod o+x), or give usher another USHER_DATA_DIR"
    )]
    Unreachable {
        /// The directory of the cluster.
        cluster: PathBuf,
        /// The id of the user.
        uid: u32,
    },
    /// The service runs as root, and no other user exists that could run Postgres.
    #[error(
        "Postgres does not run as root, and there is no user `usher`, `postgres` or `nobody` to run it. Run usher as an ordinary \
         user, or set DATABASE_URL"
    )]
    NoOsUser,
    /// `initdb` failed.
    #[error("initdb could not make a cluster: {}", .output.trim())]
    Initdb {
        /// What it printed to standard error.
        output: String,
    },
    /// Postgres ended, or did not become ready in time.
    #[error("the private Postgres did not start; its log {log} ends with:\n{}", .tail.trim_end())]
    Start {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// Postgres runs, but refused a statement while it was set up.
    #[error("the private Postgres {}", refusal(.0))]
    Refused(tokio_postgres::Error),
    /// The operating system refused something.
    #[error("could not {attempt}: {cause}")]
    Io {
        /// What was attempted, and on which path.
        attempt: String,
        /// The error of the operating system.
        cause: io::Error,
    },
}

/// Adds to an I/O error what was attempted.
pub(crate) trait IoContext<T> {
    /// The message reads "could not `attempt`: …".
    fn context<A: fmt::Display>(self, attempt: impl FnOnce() -> A) -> Result<T, Error>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn context<A: fmt::Display>(self, attempt: impl FnOnce() -> A) -> Result<T, Error> {
        self.map_err(|cause| Error::Io { attempt: attempt().to_string(), cause })
    }
}

fn installed(majors: &[u32]) -> String {
    if majors.is_empty() {
        return String::new();
    }
    let majors: Vec<_> = majors.iter().map(u32::to_string).collect();
    format!(" (found: {})", majors.join(", "))
}

fn process(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!("(process {pid}) "))
}

fn refusal(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("refused to be set up: {}", error.message()),
        None => format!("could not be set up: {error}"),
    }
}

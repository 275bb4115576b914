//! What can go wrong with the private Postgres, said so that the reader knows what to do next.

use std::{error::Error, fmt, io, path::PathBuf};

/// Why the private Postgres could not be started, found or stopped.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No Postgres of version 14 or later is installed where usher looks for it.
    NoBinaries,
    /// The cluster was made by a major version of Postgres that is not installed (any more).
    WrongVersion {
        /// The cluster's directory.
        cluster: PathBuf,
        /// Its major version.
        needs: u32,
        /// The major versions that are installed.
        found: Vec<u32>,
    },
    /// Postgres is installed without `pg_trgm`, which searching needs.
    NoTrigrams {
        /// The major version that lacks it.
        major: u32,
    },
    /// Another usher process holds the data directory.
    Locked {
        /// The data directory.
        data_dir: PathBuf,
        /// Its process, if it has written it down.
        pid: Option<u32>,
    },
    /// A Postgres that nobody minds still runs on the cluster and does not end.
    StillRunning {
        /// The cluster's directory.
        cluster: PathBuf,
        /// The postmaster's process.
        pid: i32,
    },
    /// A directory belongs to, or can be entered by, somebody that it should not.
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// Whose it must be.
        owner: u32,
    },
    /// The user as whom Postgres must run cannot reach the cluster.
    Unreachable {
        /// The cluster's directory.
        cluster: PathBuf,
        /// That user's id.
        uid: u32,
    },
    /// The service runs as root, and there is nobody as whom Postgres could run.
    NoAccount,
    /// `initdb` failed.
    Initdb {
        /// What it said.
        output: String,
    },
    /// Postgres ended, or never answered, while being started.
    Start {
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// Postgres runs but refuses what the start asks of it.
    Refused(tokio_postgres::Error),
    /// The operating system refused something.
    Io {
        /// What was attempted, on which path.
        attempt: String,
        /// Its answer.
        source: io::Error,
    },
}

/// Says, with an I/O error, what was attempted.
pub(super) trait Attempt<T> {
    /// `attempt` reads on after "could not".
    fn attempt<A: fmt::Display>(self, attempt: impl FnOnce() -> A) -> Result<T, EmbeddedError>;
}

impl<T> Attempt<T> for io::Result<T> {
    fn attempt<A: fmt::Display>(self, attempt: impl FnOnce() -> A) -> Result<T, EmbeddedError> {
        self.map_err(|source| EmbeddedError::Io { attempt: attempt().to_string(), source })
    }
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBinaries => f.write_str(
                "no Postgres (14 or later) is installed, and DATABASE_URL is not set. Install it:\n\
                 \x20 Debian, Ubuntu:  sudo apt-get install postgresql\n\
                 \x20 macOS:           brew install postgresql@17\n\
                 \x20 Fedora:          sudo dnf install postgresql-server postgresql-contrib\n\
                 or name a database in DATABASE_URL",
            ),
            Self::WrongVersion {
                cluster,
                needs,
                found,
            } => {
                write!(
                    f,
                    "the cluster in {} was made by Postgres {needs}, which is not installed",
                    cluster.display()
                )?;
                if !found.is_empty() {
                    let found: Vec<_> = found.iter().map(u32::to_string).collect();
                    write!(f, " (found: {})", found.join(", "))?;
                }
                write!(
                    f,
                    ". Install Postgres {needs} beside it, or bring the cluster to the newer version with pg_upgrade"
                )
            }
            Self::NoTrigrams { major } => write!(
                f,
                "Postgres {major} is installed without its extension pg_trgm. Install it:\n\
                 \x20 Debian, Ubuntu:  sudo apt-get install postgresql-{major}\n\
                 \x20 macOS:           brew reinstall postgresql@{major}\n\
                 \x20 Fedora:          sudo dnf install postgresql-contrib"
            ),
            Self::Locked { data_dir, pid } => {
                write!(f, "another usher ")?;
                if let Some(pid) = pid {
                    write!(f, "(process {pid}) ")?;
                }
                write!(
                    f,
                    "already uses the data directory {}. Stop it first, or give this one a directory of its own in USHER_DATA_DIR",
                    data_dir.display()
                )
            }
            Self::StillRunning { cluster, pid } => write!(
                f,
                "a Postgres (process {pid}) still runs on {} and does not end. Stop it with: kill -INT {pid}",
                cluster.display()
            ),
            Self::Untrusted { path, owner } => write!(
                f,
                "{} must be a directory that belongs to user {owner} and that nobody else can write to or, where it holds a socket, enter",
                path.display()
            ),
            Self::Unreachable { cluster, uid } => write!(
                f,
                "user {uid}, as whom Postgres runs because root may not run it, cannot reach {}. Let others search the directories above it (chmod o+x), or give usher another USHER_DATA_DIR",
                cluster.display()
            ),
            Self::NoAccount => f.write_str(
                "Postgres does not run as root, and there is no user `usher`, `postgres` or `nobody` as whom it could. Run usher as an ordinary user, or set DATABASE_URL",
            ),
            Self::Initdb { output } => write!(f, "initdb could not make a cluster: {}", output.trim()),
            Self::Start { log, tail } => write!(
                f,
                "the private Postgres did not start; its log {} ends with:\n{}",
                log.display(),
                tail.trim_end()
            ),
            Self::Refused(error) => match error.as_db_error() {
                Some(error) => write!(f, "the private Postgres refused to be set up: {}", error.message()),
                None => write!(f, "the private Postgres could not be set up: {error}"),
            },
            Self::Io { attempt, source } => write!(f, "could not {attempt}: {source}"),
        }
    }
}

// What each has to say includes its cause.
impl Error for EmbeddedError {}

//! Where Postgres is installed.

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{account::Account, error::EmbeddedError};

/// The oldest major version that usher's SQL is meant for.
const OLDEST: u32 = 14;

/// An installed Postgres: the programs of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// Every Postgres of version 14 or later that is installed, the preferred first: from `PATH`, from what `pg_config`
    /// says, then from where Debian, the Postgres project's own packages and Homebrew put it, newest first.
    ///
    /// Runs `pg_config`, and `postgres --version` for each, so it may block for some milliseconds. They are run as an
    /// unprivileged user and without our environment: folders of `PATH` and of package managers may belong to other users.
    pub fn find() -> Vec<Self> {
        Account::unprivileged().map_or_else(|_| Vec::new(), Self::find_as)
    }

    fn find_as(account: Account) -> Vec<Self> {
        let mut dirs: Vec<PathBuf> = Vec::new();
        for dir in on_path().chain(told_by_pg_config(account)).chain(usual_places()) {
            // A link such as /usr/local/bin/postgres leads to where initdb and the libraries are.
            let Ok(postgres) = fs::canonicalize(dir.join("postgres")) else {
                continue;
            };
            if let Some(dir) = postgres.parent()
                && !dirs.iter().any(|known| known == dir)
            {
                dirs.push(dir.to_owned());
            }
        }
        dirs.into_iter().filter_map(|dir| Self::in_dir(dir, account)).collect()
    }

    fn in_dir(dir: PathBuf, account: Account) -> Option<Self> {
        if !dir.join("initdb").is_file() {
            return None;
        }
        let mut postgres = Command::new(dir.join("postgres"));
        account.runs(&mut postgres);
        let output = postgres.arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        (major >= OLDEST).then_some(Self { dir, major })
    }

    /// Those to run a cluster with: of its own version if there is one already, else the preferred ones.
    pub(super) fn choose(account: Account, cluster: &Path, made_by: Option<u32>) -> Result<Self, EmbeddedError> {
        let found: Vec<_> =
            Self::find_as(account).into_iter().filter(|binaries| account.may_search(&binaries.dir)).collect();
        match made_by {
            _ if found.is_empty() => Err(EmbeddedError::NoBinaries),
            None => found.into_iter().next().ok_or(EmbeddedError::NoBinaries),
            Some(needs) => {
                let majors = found.iter().map(Self::major).collect();
                found.into_iter().find(|binaries| binaries.major == needs).ok_or_else(|| EmbeddedError::WrongVersion {
                    cluster: cluster.to_owned(),
                    needs,
                    found: majors,
                })
            }
        }
    }

    /// The directory that holds `postgres` and `initdb`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The major version, such as 17.
    pub fn major(&self) -> u32 {
        self.major
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|dir| dir.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn told_by_pg_config(account: Account) -> impl Iterator<Item = PathBuf> {
    let mut pg_config = Command::new("pg_config");
    account.runs(&mut pg_config);
    pg_config
        .arg("--bindir")
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map(|dir| PathBuf::from(dir.trim()))
        .filter(|dir| dir.is_absolute())
        .into_iter()
}

fn usual_places() -> impl Iterator<Item = PathBuf> {
    // Folder, what the name of a version's folder in it begins with.
    const PLACES: [(&str, &str); 5] = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql"),
    ];
    PLACES.into_iter().flat_map(|(folder, prefix)| {
        let mut versions: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version = name.strip_prefix(prefix)?.trim_start_matches('@').parse().unwrap_or(0);
                Some((version, entry.path().join("bin")))
            })
            .collect();
        versions.sort_by_key(|(version, _): &(u32, _)| Reverse(*version));
        versions.into_iter().map(|(_, bin)| bin)
    })
}

/// The major version in the output of `postgres --version`, such as `postgres (PostgreSQL) 17.2 (Debian 17.2-1)`.
fn major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_what_every_packager_prints() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 17.2 (Homebrew)\n"), Some(17));
        assert_eq!(major("postgres (PostgreSQL) 18\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("something else 17\n"), None);
    }
}

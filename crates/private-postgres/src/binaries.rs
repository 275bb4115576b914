//! The installed Postgres programs.

use crate::{error::Error, os_user::OsUser};
use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest major version that usher supports.
const MINIMUM_MAJOR: u32 = 14;

/// The programs of one installed major version of Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// Every installed Postgres of version 14 or later, in order of preference: from `PATH`, from `pg_config --bindir`, then
    /// from the directories of Debian, of the Postgres project's own packages and of Homebrew, newest first.
    ///
    /// Runs `pg_config`, and `postgres --version` for each, so it may block for some milliseconds. They run as an unprivileged
    /// user and without our environment, because directories in `PATH` and of package managers may belong to other users.
    pub fn find() -> Vec<Self> {
        OsUser::unprivileged().map_or_else(|_| Vec::new(), Self::find_as)
    }

    fn find_as(user: OsUser) -> Vec<Self> {
        let mut dirs: Vec<PathBuf> = Vec::new();
        for dir in from_path().chain(from_pg_config(user)).chain(known_locations()) {
            // A link such as /usr/local/bin/postgres leads to the directory of initdb and the libraries.
            let Ok(postgres) = fs::canonicalize(dir.join("postgres")) else {
                continue;
            };
            if let Some(dir) = postgres.parent()
                && !dirs.iter().any(|known| known == dir)
            {
                dirs.push(dir.to_owned());
            }
        }
        dirs.into_iter().filter_map(|dir| Self::in_dir(dir, user)).collect()
    }

    fn in_dir(dir: PathBuf, user: OsUser) -> Option<Self> {
        if !dir.join("initdb").is_file() {
            return None;
        }
        let mut postgres = Command::new(dir.join("postgres"));
        user.configure(&mut postgres);
        let output = postgres.arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        (major >= MINIMUM_MAJOR).then_some(Self { dir, major })
    }

    /// The programs to run a cluster: those of its own version if it exists, else the preferred ones.
    pub(crate) fn choose(user: OsUser, cluster: &Path, cluster_major: Option<u32>) -> Result<Self, Error> {
        let found: Vec<_> = Self::find_as(user).into_iter().filter(|binaries| user.may_search(&binaries.dir)).collect();
        match cluster_major {
            _ if found.is_empty() => Err(Error::NoBinaries),
            None => found.into_iter().next().ok_or(Error::NoBinaries),
            Some(needs) => {
                let majors = found.iter().map(Self::major).collect();
                found.into_iter().find(|binaries| binaries.major == needs).ok_or_else(|| Error::WrongVersion {
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

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn from_path() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).filter(|dir| dir.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn from_pg_config(user: OsUser) -> impl Iterator<Item = PathBuf> {
    let mut pg_config = Command::new("pg_config");
    user.configure(&mut pg_config);
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

fn known_locations() -> impl Iterator<Item = PathBuf> {
    // A directory, and the prefix of the names of the versions in it.
    const LOCATIONS: [(&str, &str); 5] = [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql"),
    ];
    LOCATIONS.into_iter().flat_map(|(directory, prefix)| {
        let mut versions: Vec<_> = fs::read_dir(directory)
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
    fn the_major_version_is_read_from_the_output_of_every_packager() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 17.2 (Homebrew)\n"), Some(17));
        assert_eq!(major("postgres (PostgreSQL) 18\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("something else 17\n"), None);
    }
}

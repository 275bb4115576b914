//! Where the files of a private Postgres are. Usually all of them are in the data directory:
//!
//! | | |
//! |---|---|
//! | `postgres/` | the cluster |
//! | `socket/` | the directory of the socket, mode 0700 |
//! | `postgres.lock` | locked by the service that runs Postgres; has its process id |
//! | `postgres.log` | the log of Postgres since its last start; `postgres.log.1` is the one before |
//! | `postgres.place` | the paths of the cluster and of the socket's directory, if they are elsewhere |
//!
//! The path of a socket has a maximum length. If the data directory is too deep, the socket is in a directory in
//! `$XDG_RUNTIME_DIR` or `/tmp`.
//!
//! If root runs the service, Postgres runs as another user, which cannot reach a data directory in `/root`, for example.
//! Then the cluster is in `/var/lib/usher`. The other files, secrets included, stay in the data directory, which belongs to
//! root.

mod record;
mod relocation;
mod socket;

use crate::{
    cluster,
    error::{Error, IoContext},
    lock,
    options::Durability,
    os_user::{OsUser, is_root},
    url::{DATABASE, url},
};
use record::Record;
use rustix::fs::CWD;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use usher_data_dir::{Directory, is_absent};
use uuid::Uuid;

/// The name of the log in the data directory.
pub(crate) const LOG: &str = "postgres.log";
const SOCKET_DIR: &str = "socket";

/// Where a private Postgres is, and the user that runs it.
#[derive(Debug)]
pub(crate) struct Layout {
    pub user: OsUser,
    pub data_dir: Directory,
    /// The directory that holds the cluster, if it is not the data directory.
    relocated: Option<Directory>,
    pub cluster: PathBuf,
    pub socket_dir: PathBuf,
}

impl Layout {
    /// Reads where everything is. The first time, decides that and creates the directories. The caller holds the lock.
    pub(crate) fn resolve(data_dir: Directory, durability: Durability) -> Result<Self, Error> {
        let mut record = Record::read(&data_dir)?;
        if is_root() && record.home.is_none() && fs::symlink_metadata(data_dir.path().join(cluster::NAME)).is_err() {
            let user = OsUser::for_cluster(&data_dir, cluster::NAME)?;
            if !user.may_search(data_dir.path()) {
                relocation::relocate(&data_dir, &mut record, durability)?;
            }
        }
        let relocated = match &record.home {
            None => None,
            Some(home) => {
                let found = Directory::open(home).and_then(|home| home.ok_or_else(|| io::ErrorKind::NotFound.into()));
                Some(found.context(|| format!("open {}, which holds the cluster", home.display()))?)
            }
        };
        let home = relocated.as_ref().unwrap_or(&data_dir);
        let cluster = home.path().join(cluster::NAME);
        let user = OsUser::for_cluster(home, cluster::NAME)?;
        if !user.may_search(home.path()) {
            return Err(Error::Unreachable { cluster, uid: user.uid });
        }
        let mut socket_dir = home.path().join(SOCKET_DIR);
        if socket::fits(&socket_dir) {
            socket::make_private(home, Path::new(SOCKET_DIR), &socket_dir, user)?;
        } else {
            socket_dir = match record.socket_dir.take() {
                Some(known) if socket::fits(&known) && socket::is_private(&known, user.uid) => known,
                _ => socket::make_short_dir(user)?,
            };
        }
        if !socket_dir.starts_with(home.path()) {
            record.socket_dir = Some(socket_dir.clone());
            record.write(&data_dir)?;
        }
        Ok(Self { user, data_dir, relocated, cluster, socket_dir })
    }

    /// The directory that holds the cluster.
    pub(crate) fn home(&self) -> &Directory {
        self.relocated.as_ref().unwrap_or(&self.data_dir)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.data_dir.path().join(LOG)
    }

    /// The connection string, as libpq and tokio-postgres read it.
    pub(crate) fn url(&self) -> String {
        url(&self.socket_dir, DATABASE)
    }

    /// Creates the directory of the socket again if something that cleans `/tmp` has removed it.
    pub(crate) fn ensure_socket_dir(&self) -> Result<(), Error> {
        if self.has_shared_socket_dir() {
            socket::make_private(CWD, &self.socket_dir, &self.socket_dir, self.user)
        } else {
            socket::make_private(self.home(), Path::new(SOCKET_DIR), &self.socket_dir, self.user)
        }
    }

    /// Removes the directory of the socket if it is in a shared directory.
    pub(crate) fn remove_shared_socket_dir(&self) {
        if self.has_shared_socket_dir() {
            // If this fails, the next start uses it or makes another.
            let _ = fs::remove_dir(&self.socket_dir);
        }
    }

    fn has_shared_socket_dir(&self) -> bool {
        self.socket_dir.parent() != self.cluster.parent()
    }
}

/// Whether a private Postgres was created for this data directory.
///
/// # Errors
///
/// [`Error::Io`] if the data directory cannot be read.
pub fn exists(data_dir: &Path) -> Result<bool, Error> {
    let Some(data_dir) = open_data_dir(data_dir)? else { return Ok(false) };
    let Some(home) = recorded_home(&Record::read(&data_dir)?, data_dir)? else { return Ok(false) };
    Ok(cluster::major_version(&home)?.is_some())
}

/// The URL of the private Postgres that another process runs on this data directory; `None` if none does. For administrative
/// commands. Postgres may still be starting, so retry the connection.
///
/// # Errors
///
/// [`Error::Untrusted`] if another user may have created the directory of the socket, [`Error::Io`] if the data directory
/// cannot be read.
pub fn running(data_dir: &Path) -> Result<Option<String>, Error> {
    let Some(data_dir) = open_data_dir(data_dir)? else { return Ok(None) };
    if !lock::is_locked(&data_dir)? {
        return Ok(None);
    }
    let record = Record::read(&data_dir)?;
    let Some(home) = recorded_home(&record, data_dir)? else { return Ok(None) };
    let socket_dir = record.socket_dir.unwrap_or_else(|| home.path().join(SOCKET_DIR));
    let owner = OsUser::for_cluster(&home, cluster::NAME)?.uid;
    match fs::symlink_metadata(&socket_dir) {
        Ok(metadata) if socket::is_private_to(&metadata, owner) => {}
        // The service has just locked it: the directory does not exist, or still belongs to root.
        Ok(metadata) if is_root() && socket::is_private_to(&metadata, 0) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        _ => return Err(Error::Untrusted { path: socket_dir, owner }),
    }
    Ok(Some(url(&socket_dir, DATABASE)))
}

/// The directory that holds the cluster, if it exists.
fn recorded_home(record: &Record, data_dir: Directory) -> Result<Option<Directory>, Error> {
    match &record.home {
        Some(home) => open_data_dir(home),
        None => Ok(Some(data_dir)),
    }
}

/// Opens the data directory. Creates it if it does not exist.
pub(crate) fn create_data_dir(path: &Path) -> Result<Directory, Error> {
    Directory::create(path).context(|| format!("use the data directory {}", path.display()))
}

fn open_data_dir(path: &Path) -> Result<Option<Directory>, Error> {
    Directory::open_of_any_owner(path).context(|| format!("use the data directory {}", path.display()))
}

/// A suffix that cannot be guessed. (The last bytes of a UUID are random in version 7 too.)
pub(crate) fn random_suffix() -> String {
    let mut hex = Uuid::now_v7().simple().to_string();
    hex.split_off(20)
}

#[cfg(test)]
mod tests {
    use super::random_suffix;

    #[test]
    fn a_suffix_is_short_and_different_each_time() {
        assert_ne!(random_suffix(), random_suffix());
        assert_eq!(random_suffix().len(), 12);
    }
}

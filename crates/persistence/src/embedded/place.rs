//! Where things lie. Usually all of it in the data directory:
//!
//! | | |
//! |---|---|
//! | `postgres/` | the cluster |
//! | `socket/` | the folder of its socket, 0700 |
//! | `postgres.lock` | held by the service that runs it, whose process id is in it |
//! | `postgres.log` | what Postgres said since it was last started, and `postgres.log.1` before |
//! | `postgres.place` | where the cluster or the socket lie, if not here |
//!
//! A socket's path must be short, so that of a deep data directory lies in a folder under `$XDG_RUNTIME_DIR` or `/tmp`.
//! Where root runs the service, Postgres runs as another user, which cannot reach a data directory below, say, `/root`:
//! then the cluster lies below `/var/lib/usher`, and all else, secrets among it, stays in the data directory, which is root's.

use std::{
    env,
    ffi::OsStr,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use usher_data_dir::{is_absent, sync};
use uuid::Uuid;

use super::{
    Durability,
    account::{Account, are_root},
    cluster,
    error::{Attempt, EmbeddedError},
};

/// Where clusters lie that cannot lie in their data directory.
const ELSEWHERE: &str = "/var/lib/usher";
/// In a folder of `ELSEWHERE`: the durability, then the data directory that it belongs to.
const ORIGIN: &str = "data-directory";
const RECORD: &str = "postgres.place";
const LOCK: &str = "postgres.lock";
/// Fixed, so that it depends on no environment. It only names the socket: nothing listens on TCP.
pub(super) const PORT: u16 = 5432;
pub(super) const SOCKET: &str = ".s.PGSQL.5432";
/// Linux takes 107 bytes, macOS 103.
const LONGEST_SOCKET: usize = 103;

/// Where a private Postgres lies and whose it is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub account: Account,
    pub cluster: PathBuf,
    pub sockets: PathBuf,
    pub log: PathBuf,
}

/// Makes the data directory if there is none, and tells its absolute path without links.
pub(super) fn make_data_dir(data_dir: &Path) -> Result<PathBuf, EmbeddedError> {
    usher_data_dir::make(data_dir).attempt(|| format!("use the data directory {}", data_dir.display()))
}

/// Keeps other services out for as long as the file is open. The file itself stays: to remove it would let two in, one
/// that has the old file open and one that makes a new one.
pub(super) fn lock(data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = data_dir.join(LOCK);
    let attempt = || format!("lock {}", path.display());
    let mut options = OpenOptions::new();
    let mut file =
        usher_data_dir::open(&path, options.read(true).write(true).create(true).truncate(false)).attempt(attempt)?;
    // Whoever asks whether a service runs holds the lock for a moment.
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if tries < 20 => {
                tries += 1;
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let pid = file.read_to_string(&mut pid).ok().and_then(|_| pid.trim().parse().ok());
                return Err(EmbeddedError::Locked { data_dir: data_dir.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(error).attempt(attempt),
        }
    }
    file.set_len(0).attempt(attempt)?;
    writeln!(file, "{}", std::process::id()).attempt(attempt)?;
    Ok(file)
}

/// Whether a service holds the data directory.
fn is_locked(data_dir: &Path) -> Result<bool, EmbeddedError> {
    let path = data_dir.join(LOCK);
    let attempt = || format!("look whether {} is locked", path.display());
    match usher_data_dir::open_to_read(&path) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).attempt(attempt),
        },
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error).attempt(attempt),
    }
}

impl Place {
    /// Decides where everything lies, once and for all, and makes the folders. The caller holds the lock.
    pub(super) fn settle(data_dir: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let mut record = Record::read(data_dir)?;
        let beside = data_dir.join("postgres");
        if are_root() && record.home.is_none() && fs::symlink_metadata(&beside).is_err() {
            let account = Account::for_cluster(&beside)?;
            if !account.may_search(data_dir) {
                settle_elsewhere(data_dir, &mut record, durability)?;
            }
        }
        let home = record.home.clone().unwrap_or_else(|| data_dir.to_owned());
        let cluster = home.join("postgres");
        let account = Account::for_cluster(&cluster)?;
        if !account.may_search(&home) {
            return Err(EmbeddedError::Unreachable { cluster, uid: account.uid });
        }
        let sockets = home.join("socket");
        let sockets = if fits(&sockets) {
            make_private(&sockets, account)?;
            sockets
        } else {
            match record.sockets.take() {
                Some(known) if fits(&known) && is_private(&known, account.uid) => known,
                _ => short_folder(account)?,
            }
        };
        if !sockets.starts_with(&home) {
            record.sockets = Some(sockets.clone());
            record.write(data_dir)?;
        }
        Ok(Self { account, cluster, sockets, log: data_dir.join("postgres.log") })
    }

    /// The connection string, as libpq and tokio-postgres read it.
    pub(super) fn url(&self) -> String {
        url(&self.sockets, super::DATABASE)
    }

    /// Makes the folder of the socket again, should something that tidies `/tmp` have taken it.
    pub(super) fn remake_sockets(&self) -> Result<(), EmbeddedError> {
        make_private(&self.sockets, self.account)
    }

    /// Removes the folder of the socket if it lies where others have to live with it.
    pub(super) fn tidy(&self) {
        if self.sockets.parent() != self.cluster.parent() {
            // Best effort: the next start takes it over or makes another.
            let _ = fs::remove_dir(&self.sockets);
        }
    }
}

/// Whether a cluster was made for `data_dir`.
pub(super) fn exists(data_dir: &Path) -> Result<bool, EmbeddedError> {
    let Some(data_dir) = find(data_dir)? else { return Ok(false) };
    let home = Record::read(&data_dir)?.home.unwrap_or(data_dir);
    Ok(cluster::made_by(&home.join("postgres"))?.is_some())
}

fn find(data_dir: &Path) -> Result<Option<PathBuf>, EmbeddedError> {
    usher_data_dir::find(data_dir).attempt(|| format!("use the data directory {}", data_dir.display()))
}

/// The URL of the Postgres that a service runs for `data_dir` now.
pub(super) fn running(data_dir: &Path) -> Result<Option<String>, EmbeddedError> {
    let Some(data_dir) = find(data_dir)? else { return Ok(None) };
    if !is_locked(&data_dir)? {
        return Ok(None);
    }
    let record = Record::read(&data_dir)?;
    let home = record.home.unwrap_or(data_dir);
    let sockets = record.sockets.unwrap_or_else(|| home.join("socket"));
    let owner = Account::for_cluster(&home.join("postgres"))?.uid;
    match fs::symlink_metadata(&sockets) {
        Ok(metadata) if is_private_to(&metadata, owner) => {}
        // Locked, but not that far yet: the folder is not made, or by root and not yet given away.
        Ok(metadata) if are_root() && is_private_to(&metadata, 0) => return Ok(None),
        Err(error) if is_absent(&error) => return Ok(None),
        _ => return Err(EmbeddedError::Untrusted { path: sockets, owner }),
    }
    Ok(Some(url(&sockets, super::DATABASE)))
}

/// The connection string of `database`.
pub(super) fn url(sockets: &Path, database: &str) -> String {
    use std::fmt::Write;

    let mut host = String::new();
    for &byte in sockets.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            host.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(host, "%{byte:02X}");
        }
    }
    format!("postgresql://{}@{host}:{PORT}/{database}", super::USER)
}

/// What differs from the usual: two lines, `home` and `sockets`, each with an absolute path.
#[derive(Debug, Default)]
struct Record {
    home: Option<PathBuf>,
    sockets: Option<PathBuf>,
}

impl Record {
    fn read(data_dir: &Path) -> Result<Self, EmbeddedError> {
        let path = data_dir.join(RECORD);
        let bytes = usher_data_dir::read(&path).attempt(|| format!("read {}", path.display()))?.unwrap_or_default();
        let find = |key: &[u8]| {
            bytes
                .split(|&byte| byte == b'\n')
                .find_map(|line| line.strip_prefix(key))
                .map(|value| PathBuf::from(OsStr::from_bytes(value)))
                .filter(|value| value.is_absolute())
        };
        Ok(Self { home: find(b"home "), sockets: find(b"sockets ") })
    }

    fn write(&self, data_dir: &Path) -> Result<(), EmbeddedError> {
        let mut bytes = Vec::new();
        for (key, path) in [("home ", &self.home), ("sockets ", &self.sockets)] {
            if let Some(path) = path {
                bytes.extend_from_slice(key.as_bytes());
                bytes.extend_from_slice(path.as_os_str().as_bytes());
                bytes.push(b'\n');
            }
        }
        let path = data_dir.join(RECORD);
        let new = data_dir.join(format!("{RECORD}.new"));
        usher_data_dir::write_whole(&path, &new, &bytes).attempt(|| format!("write {}", path.display()))
    }
}

/// Gives a data directory that Postgres' user cannot reach a home below `ELSEWHERE`. Its name is new each time, so that who
/// removes a data directory to begin anew does begin anew.
fn settle_elsewhere(data_dir: &Path, record: &mut Record, durability: Durability) -> Result<(), EmbeddedError> {
    let elsewhere = Path::new(ELSEWHERE);
    let attempt = || format!("make a place for the cluster in {ELSEWHERE}");
    DirBuilder::new().recursive(true).mode(0o755).create(elsewhere).attempt(attempt)?;
    let metadata = fs::symlink_metadata(elsewhere).attempt(attempt)?;
    if !metadata.is_dir() || metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
        return Err(EmbeddedError::Untrusted { path: elsewhere.to_owned(), owner: 0 });
    }
    look_after_the_forsaken(elsewhere);
    let home = elsewhere.join(format!("{}-{}", slug(data_dir), nonce()));
    record.home = Some(home.clone());
    // Recorded before it is made, so that nobody takes it for forsaken.
    record.write(data_dir)?;
    DirBuilder::new().mode(0o711).create(&home).attempt(attempt)?;
    let mut origin = format!("{durability:?}\n").into_bytes();
    origin.extend_from_slice(data_dir.as_os_str().as_bytes());
    usher_data_dir::write_new(&home.join(ORIGIN), &origin).attempt(attempt)?;
    sync(elsewhere).attempt(attempt)
}

/// Removes the clusters of tests whose data directory is gone, and tells of others.
fn look_after_the_forsaken(elsewhere: &Path) {
    for home in fs::read_dir(elsewhere).into_iter().flatten().flatten() {
        let home = home.path();
        let Ok(Some(origin)) = usher_data_dir::read(&home.join(ORIGIN)) else {
            continue;
        };
        let Some(end) = origin.iter().position(|&byte| byte == b'\n') else {
            continue;
        };
        let data_dir = Path::new(OsStr::from_bytes(&origin[end + 1..]));
        if !Record::read(data_dir).is_ok_and(|record| record.home.as_ref() != Some(&home)) {
            continue;
        }
        if origin.starts_with(format!("{:?}\n", Durability::Throwaway).as_bytes()) {
            let _ = fs::remove_dir_all(&home);
        } else {
            tracing::warn!(
                cluster = %home.display(), data_dir = %data_dir.display(),
                "a private Postgres is left whose data directory is gone; remove it if you do not need its data"
            );
        }
    }
}

/// The last two names of the path, for people who look for it.
fn slug(data_dir: &Path) -> String {
    let names: Vec<_> = data_dir.iter().rev().take(2).collect();
    let mut slug = String::new();
    for name in names.into_iter().rev() {
        for c in name.to_string_lossy().chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(48);
    slug.trim_end_matches('-').to_owned()
}

/// Something that nobody can guess. (A UUID's last bytes are random in version 7 too.)
pub(super) fn nonce() -> String {
    let mut hex = Uuid::now_v7().simple().to_string();
    hex.split_off(20)
}

/// Whether a socket in the folder has a path that the system takes, and that Postgres does not read as a list.
fn fits(sockets: &Path) -> bool {
    let path = sockets.as_os_str().as_bytes();
    path.len() + 1 + SOCKET.len() <= LONGEST_SOCKET
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@~".contains(byte))
}

/// A new folder with a short path. Its name cannot be known beforehand, so nobody else can have made it.
fn short_folder(account: Account) -> Result<PathBuf, EmbeddedError> {
    let runtime = env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute() && is_private(dir, account.uid) && account.may_search(dir));
    let name = format!("usher-{}", nonce());
    let folder = runtime
        .map(|dir| dir.join(&name))
        .filter(|folder| fits(folder))
        .unwrap_or_else(|| Path::new("/tmp").join(&name));
    make_private(&folder, account)?;
    Ok(folder)
}

/// Makes a folder that only `account` can enter, or makes sure that it is one.
fn make_private(path: &Path, account: Account) -> Result<(), EmbeddedError> {
    let attempt = || format!("make {}", path.display());
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => account.take(path)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let ours = rustix::process::geteuid().as_raw();
            let metadata = fs::symlink_metadata(path).attempt(attempt)?;
            if metadata.is_dir() && metadata.uid() == ours {
                // Perhaps root was killed before it was given away. (Root changes no mode: that would follow a link.)
                account.take(path)?;
                if !are_root() {
                    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).attempt(attempt)?;
                }
            }
        }
        Err(error) => return Err(error).attempt(attempt),
    }
    if is_private(path, account.uid) {
        Ok(())
    } else {
        Err(EmbeddedError::Untrusted { path: path.to_owned(), owner: account.uid })
    }
}

/// Whether `path` is a directory (no link to one) of this user's that nobody else can enter.
fn is_private(path: &Path, uid: u32) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| is_private_to(&metadata, uid))
}

fn is_private_to(metadata: &fs::Metadata, uid: u32) -> bool {
    metadata.is_dir() && metadata.uid() == uid && metadata.mode() & 0o777 == 0o700
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{fits, nonce, slug, url};

    #[test]
    fn a_url_names_the_folder_of_the_socket_as_its_host() {
        let config: tokio_postgres::Config = url(Path::new("/srv/a+b@c~/.usher/socket"), "usher").parse().unwrap();
        assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix("/srv/a+b@c~/.usher/socket".into())]);
        assert_eq!(config.get_ports(), [5432]);
        assert_eq!(config.get_user(), Some("usher"));
        assert_eq!(config.get_dbname(), Some("usher"));
    }

    #[test]
    fn a_folder_too_deep_or_with_a_comma_holds_no_socket() {
        assert!(fits(Path::new("/srv/usher/socket")));
        assert!(!fits(Path::new("/srv/a,b/socket")));
        assert!(!fits(&Path::new("/srv").join("x".repeat(90))));
    }

    #[test]
    fn a_place_elsewhere_is_named_after_the_data_directory() {
        assert_eq!(slug(Path::new("/root/my project/.usher")), "my-project-usher");
        assert_eq!(slug(Path::new("/")), "");
        assert_ne!(nonce(), nonce());
        assert_eq!(nonce().len(), 12);
    }
}

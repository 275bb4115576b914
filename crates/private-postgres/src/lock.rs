//! The lock on the data directory: at most one service uses it.

use crate::error::{Error, IoContext};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::Path,
    thread,
    time::Duration,
};
use usher_data_dir::is_absent;

const LOCK_FILE: &str = "postgres.lock";
/// [`is_locked`] holds a shared lock for a moment, so an exclusive one is tried this often.
const ATTEMPTS: u32 = 20;
const RETRY_DELAY: Duration = Duration::from_millis(5);

/// Locks the data directory for as long as the returned file is open. The file has the process id of the holder.
///
/// It is never removed: otherwise one process could hold the removed file and another a new one.
pub(crate) fn acquire(data_dir: &Path) -> Result<File, Error> {
    let path = data_dir.join(LOCK_FILE);
    let attempt = || format!("lock {}", path.display());
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = usher_data_dir::open(&path, options).context(attempt)?;
    let mut attempts = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempts < ATTEMPTS => {
                attempts += 1;
                thread::sleep(RETRY_DELAY);
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let pid = file.read_to_string(&mut pid).ok().and_then(|_| pid.trim().parse().ok());
                return Err(Error::Locked { data_dir: data_dir.to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(error).context(attempt),
        }
    }
    file.set_len(0).context(attempt)?;
    writeln!(file, "{}", std::process::id()).context(attempt)?;
    Ok(file)
}

/// Whether a service has locked the data directory.
pub(crate) fn is_locked(data_dir: &Path) -> Result<bool, Error> {
    let path = data_dir.join(LOCK_FILE);
    let attempt = || format!("check whether {} is locked", path.display());
    match usher_data_dir::open_to_read(&path) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).context(attempt),
        },
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error).context(attempt),
    }
}

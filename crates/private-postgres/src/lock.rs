//! The lock on the data directory: at most one service uses it.

use crate::error::{Error, IoContext};
use std::{
    fs::{File, TryLockError},
    io::{Read, Write},
    thread,
    time::Duration,
};
use usher_data_dir::{Directory, is_absent};

const LOCK_FILE: &str = "postgres.lock";
/// [`is_locked`] holds a shared lock for a moment, so an exclusive one is tried this often.
const ATTEMPTS: u32 = 20;
const RETRY_DELAY: Duration = Duration::from_millis(5);

/// The data directory is locked until this is dropped.
///
/// Closing the file would not be enough: a child that another thread has forked shares it until it runs its program.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "could not unlock the data directory");
        }
    }
}

/// Locks the data directory. The lock file has the process id of the holder.
///
/// It is never removed: otherwise one process could hold the removed file and another a new one.
pub(crate) fn acquire(data_dir: &Directory) -> Result<Lock, Error> {
    let attempt = || format!("lock {}", data_dir.path().join(LOCK_FILE).display());
    let mut file = data_dir.open_to_write(LOCK_FILE).context(attempt)?;
    let mut attempts = 0;
    let mut lock = loop {
        match file.try_lock() {
            Ok(()) => break Lock(file),
            Err(TryLockError::WouldBlock) if attempts < ATTEMPTS => {
                attempts += 1;
                thread::sleep(RETRY_DELAY);
            }
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let pid = file.read_to_string(&mut pid).ok().and_then(|_| pid.trim().parse().ok());
                return Err(Error::Locked { data_dir: data_dir.path().to_owned(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(error).context(attempt),
        }
    };
    lock.0.set_len(0).context(attempt)?;
    writeln!(lock.0, "{}", std::process::id()).context(attempt)?;
    Ok(lock)
}

/// Whether a service has locked the data directory.
pub(crate) fn is_locked(data_dir: &Directory) -> Result<bool, Error> {
    let attempt = || format!("check whether {} is locked", data_dir.path().join(LOCK_FILE).display());
    match data_dir.open_to_read(LOCK_FILE) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => {
                drop(Lock(file));
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).context(attempt),
        },
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error).context(attempt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_still_shares_the_file_does_not_hold_the_lock() {
        let dir = std::env::temp_dir().join(format!("usher-lock-{}", std::process::id()));
        let data_dir = Directory::create(&dir).unwrap();
        let lock = acquire(&data_dir).unwrap();
        let shared = lock.0.try_clone().unwrap();
        assert!(is_locked(&data_dir).unwrap());
        drop(lock);
        assert!(!is_locked(&data_dir).unwrap());
        drop(shared);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

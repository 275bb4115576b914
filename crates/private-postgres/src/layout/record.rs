//! The file that says where the cluster and the socket are if they are not in the data directory.

use crate::error::{Error, IoContext};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};
use usher_data_dir::Directory;

const FILE: &str = "postgres.place";
const HOME: &str = "home ";
const SOCKET_DIR: &str = "sockets ";

/// At most two lines, `home` and `sockets`, each with an absolute path.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The directory that holds the cluster.
    pub home: Option<PathBuf>,
    pub socket_dir: Option<PathBuf>,
}

impl Record {
    pub(super) fn read(data_dir: &Directory) -> Result<Self, Error> {
        let bytes = data_dir.read(FILE).context(|| format!("read {}", data_dir.path().join(FILE).display()))?;
        let bytes = bytes.unwrap_or_default();
        let find = |key: &str| {
            bytes
                .split(|&byte| byte == b'\n')
                .find_map(|line| line.strip_prefix(key.as_bytes()))
                .map(|value| PathBuf::from(OsStr::from_bytes(value)))
                .filter(|value| value.is_absolute())
        };
        Ok(Self { home: find(HOME), socket_dir: find(SOCKET_DIR) })
    }

    pub(super) fn write(&self, data_dir: &Directory) -> Result<(), Error> {
        let mut bytes = Vec::new();
        for (key, path) in [(HOME, &self.home), (SOCKET_DIR, &self.socket_dir)] {
            if let Some(path) = path {
                bytes.extend_from_slice(key.as_bytes());
                bytes.extend_from_slice(path.as_os_str().as_bytes());
                bytes.push(b'\n');
            }
        }
        data_dir
            .write(FILE, format!("{FILE}.new"), &bytes)
            .context(|| format!("write {}", data_dir.path().join(FILE).display()))
    }
}

//! The cluster on disk: its name, its version and its files.

use crate::error::{Error, IoContext};
use std::io;
use usher_data_dir::Directory;

/// The name of the cluster in its directory.
pub(crate) const NAME: &str = "postgres";

/// The major version of Postgres that created the cluster; `None` if there is no cluster.
pub(crate) fn major_version(home: &Directory) -> Result<Option<u32>, Error> {
    let version =
        read(home, "PG_VERSION").context(|| format!("read {}", home.path().join(NAME).join("PG_VERSION").display()))?;
    Ok(version.and_then(|version| String::from_utf8_lossy(&version).trim().parse().ok()))
}

/// Reads a file of the cluster in `home`.
pub(crate) fn read(home: &Directory, name: &str) -> io::Result<Option<Vec<u8>>> {
    home.open_subdirectory(NAME)?.map_or(Ok(None), |cluster| cluster.read(name))
}

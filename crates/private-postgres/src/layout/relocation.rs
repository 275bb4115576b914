//! Clusters outside their data directory, because the user that runs Postgres cannot reach it. Only under root.

use super::{random_suffix, record::Record};
use crate::{
    error::{Error, IoContext},
    options::Durability,
};
use std::{
    ffi::OsStr,
    fs::{self, DirBuilder},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt},
    },
    path::Path,
};
use usher_data_dir::Directory;

/// Holds one directory for each relocated cluster.
const CLUSTERS: &str = "/var/lib/usher";
/// In each of them: the durability, and the data directory to which the cluster belongs.
const ORIGIN: &str = "data-directory";

/// Creates a directory in `/var/lib/usher` for the cluster and records it. Its name is new each time, so that a user who has
/// removed the data directory gets an empty cluster.
pub(super) fn relocate(data_dir: &Directory, record: &mut Record, durability: Durability) -> Result<(), Error> {
    let clusters = Path::new(CLUSTERS);
    let attempt = || format!("make a directory for the cluster in {CLUSTERS}");
    DirBuilder::new().recursive(true).mode(0o755).create(clusters).context(attempt)?;
    let metadata = fs::symlink_metadata(clusters).context(attempt)?;
    if !metadata.is_dir() || metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
        return Err(Error::Untrusted { path: clusters.to_owned(), owner: 0 });
    }
    remove_orphaned_clusters(clusters);
    let home = clusters.join(format!("{}-{}", slug(data_dir.path()), random_suffix()));
    record.home = Some(home.clone());
    // Recorded before it exists, so that no other process takes it for orphaned.
    record.write(data_dir)?;
    let mut origin = format!("{durability:?}\n").into_bytes();
    origin.extend_from_slice(data_dir.path().as_os_str().as_bytes());
    Directory::create(&home).and_then(|home| home.write_new(ORIGIN, &origin)).context(attempt)
}

/// Removes throwaway clusters whose data directory has been deleted, and logs a warning for each durable one.
fn remove_orphaned_clusters(clusters: &Path) {
    for home in fs::read_dir(clusters).into_iter().flatten().flatten() {
        let home = home.path();
        let Ok(Some(origin)) = Directory::open(&home).and_then(|home| home.map_or(Ok(None), |home| home.read(ORIGIN)))
        else {
            continue;
        };
        let Some(end) = origin.iter().position(|&byte| byte == b'\n') else {
            continue;
        };
        let data_dir = Path::new(OsStr::from_bytes(&origin[end + 1..]));
        if !is_orphaned(&home, data_dir) {
            continue;
        }
        if origin.starts_with(format!("{:?}\n", Durability::Throwaway).as_bytes()) {
            let _ = fs::remove_dir_all(&home);
        } else {
            tracing::warn!(
                cluster = %home.display(), data_dir = %data_dir.display(),
                "the data directory of a private Postgres was deleted, but its cluster was not; remove the cluster if you do not need \
                 its data"
            );
        }
    }
}

/// Whether the data directory has been deleted, or has another cluster now.
fn is_orphaned(home: &Path, data_dir: &Path) -> bool {
    match Directory::open_of_any_owner(data_dir) {
        Ok(Some(data_dir)) => Record::read(&data_dir).is_ok_and(|record| record.home.as_deref() != Some(home)),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// The last two names in the path, so that a person can distinguish the clusters.
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

#[cfg(test)]
mod tests {
    use super::slug;
    use std::path::Path;

    #[test]
    fn a_relocated_cluster_is_named_after_its_data_directory() {
        assert_eq!(slug(Path::new("/root/my project/.usher")), "my-project-usher");
        assert_eq!(slug(Path::new("/")), "");
    }
}

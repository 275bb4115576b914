//! The data directory and the files in it. They hold secrets, and root may run the service. So a file is used only if no
//! other user can have created it, and no symbolic link is followed.
//!
//! Accepted are files and directories of the user who runs the service or of root that no other user can write to. A group
//! of the service's user may write. A directory of root may be world-writable if the service does not run as root:
//! Kubernetes mounts volumes that are world-writable. Root may read files of another user in a directory of that user: so
//! root can run commands while a service of an unprivileged user is running.
//!
//! A directory above the data directory that others can write to is accepted only if it is sticky, as `/tmp` is: otherwise
//! they could replace the data directory. Its owner can in any case. Therefore a [`Directory`] is opened once, checked once
//! it is open, and everything in it is reached through the open directory.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod directory;
mod files;
mod permissions;

pub use directory::Directory;

/// Whether an error says that there is nothing at the path.
pub fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;

//! The private directory that holds the Unix socket of Postgres.

use super::random_suffix;
use crate::{
    error::{Error, IoContext},
    os_user::OsUser,
    url::SOCKET_FILE,
};
use rustix::{
    fs::{CWD, Mode, OFlags, fchmod, mkdirat, openat},
    io::Errno,
};
use std::{
    env,
    fs::{self, File, Metadata},
    io,
    os::{
        fd::AsFd,
        unix::{ffi::OsStrExt, fs::MetadataExt},
    },
    path::{Path, PathBuf},
};

/// Linux allows 107 bytes, macOS 103.
const MAX_SOCKET_PATH: usize = 103;

/// Whether a socket in the directory has a path that is short enough, and that Postgres does not read as a list.
pub(super) fn fits(socket_dir: &Path) -> bool {
    let path = socket_dir.as_os_str().as_bytes();
    path.len() + 1 + SOCKET_FILE.len() <= MAX_SOCKET_PATH
        && path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@~".contains(byte))
}

/// Creates a directory with a short path. Its name cannot be guessed, so no other user can have created it before.
pub(super) fn make_short_dir(user: OsUser) -> Result<PathBuf, Error> {
    let runtime_dir = env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute() && is_private(dir, user.uid) && user.may_search(dir));
    let name = format!("usher-{}", random_suffix());
    let path = runtime_dir
        .map(|dir| dir.join(&name))
        .filter(|path| fits(path))
        .unwrap_or_else(|| Path::new("/tmp").join(&name));
    make_private(CWD, &path, &path, user)?;
    Ok(path)
}

/// Creates a directory that only `user` can enter, or checks that the existing one is such a directory. `path` is where `name`
/// in `parent` is.
pub(super) fn make_private(parent: impl AsFd, name: &Path, path: &Path, user: OsUser) -> Result<(), Error> {
    let attempt = || format!("make {}", path.display());
    let untrusted = || Error::Untrusted { path: path.to_owned(), owner: user.uid };
    match mkdirat(&parent, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(io::Error::from(error)).context(attempt),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = File::from(openat(&parent, name, flags, Mode::empty()).map_err(|_| untrusted())?);
    // Root may have been killed after it created the directory and before it changed the owner.
    if directory.metadata().context(attempt)?.uid() == rustix::process::geteuid().as_raw() {
        fchmod(&directory, Mode::RWXU).map_err(io::Error::from).context(attempt)?;
        user.take_ownership(&directory, path)?;
    }
    if is_private_to(&directory.metadata().context(attempt)?, user.uid) { Ok(()) } else { Err(untrusted()) }
}

/// Whether `path` is a directory (and not a link to one) of this user that no other user can enter.
pub(super) fn is_private(path: &Path, uid: u32) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| is_private_to(&metadata, uid))
}

pub(super) fn is_private_to(metadata: &Metadata, uid: u32) -> bool {
    metadata.is_dir() && metadata.uid() == uid && metadata.mode() & 0o777 == 0o700
}

#[cfg(test)]
mod tests {
    use super::fits;
    use std::path::Path;

    #[test]
    fn a_directory_that_is_too_deep_or_has_a_comma_cannot_hold_the_socket() {
        assert!(fits(Path::new("/srv/usher/socket")));
        assert!(!fits(Path::new("/srv/a,b/socket")));
        assert!(!fits(&Path::new("/srv").join("x".repeat(90))));
    }
}

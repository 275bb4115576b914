//! Opening and creating the data directory and directories in it.

use crate::{
    is_absent,
    permissions::{Identity, Owners, refused},
};
use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, mkdirat, openat, statat},
    io::Errno,
};
use std::{
    fs::{self, DirBuilder, File},
    io::{Error, ErrorKind, Result},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{DirBuilderExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

/// An open directory that only we and root can write to. Everything in it is reached through the open directory, so that
/// what was checked is what is used, even if another directory takes its path.
#[derive(Debug)]
pub struct Directory {
    pub(crate) handle: File,
    path: PathBuf,
    owner: u32,
}

impl Directory {
    /// Opens the data directory. Creates it if it does not exist.
    ///
    /// # Errors
    /// The reason why it cannot be used: its owner, or other users who can write to it or replace it.
    pub fn create(path: &Path) -> Result<Self> {
        let us = Identity::current();
        if path.exists() {
            return Self::open_as(path, &us, Owners::UsAndRoot);
        }
        let existing = canonical(path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("")))?;
        check_ancestors(&existing.join("new"), &us)?;
        // Another user can pass through root's, because its cluster may be in it, but cannot list it.
        let mode = if us.is_root() { 0o711 } else { 0o700 };
        DirBuilder::new().recursive(true).mode(mode).create(path)?;
        let directory = Self::open_as(path, &us, Owners::UsAndRoot)?;
        // The directories above it may be new too. A power failure must not remove any of them.
        let above = directory.path.ancestors().skip(1).enumerate();
        for (_, above) in above.take_while(|(levels, above)| *levels == 0 || above.starts_with(&existing)) {
            File::open(above)?.sync_all()?;
        }
        Ok(directory)
    }

    /// Opens the data directory, if it exists.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn open(path: &Path) -> Result<Option<Self>> {
        Self::open_existing(path, Owners::UsAndRoot)
    }

    /// The same for a command next to a running service: root may use the data directory of another user, and read the
    /// files of that user in it.
    ///
    /// # Errors
    /// As for [`create`](Self::create).
    pub fn open_of_any_owner(path: &Path) -> Result<Option<Self>> {
        Self::open_existing(path, Owners::Anybody)
    }

    fn open_existing(path: &Path, owners: Owners) -> Result<Option<Self>> {
        match fs::symlink_metadata(without_slash(path)) {
            Err(error) if is_absent(&error) => Ok(None),
            _ => Self::open_as(path, &Identity::current(), owners).map(Some),
        }
    }

    fn open_as(path: &Path, us: &Identity, owners: Owners) -> Result<Self> {
        let path = resolve(path, us)?;
        check_ancestors(&path, us)?;
        Self::checked(open_directory(CWD, &path)?, path, us, owners)
    }

    /// Opens a directory in this one, if it exists.
    ///
    /// # Errors
    /// As for [`create`](Self::create), also if it is a symbolic link.
    pub fn open_subdirectory(&self, name: impl AsRef<Path>) -> Result<Option<Self>> {
        match open_directory(self, name.as_ref()) {
            Ok(handle) => self.subdirectory(handle, name.as_ref(), Owners::Anybody).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a directory in this one. Creates it, for its owner only, if it does not exist.
    ///
    /// # Errors
    /// As for [`create`](Self::create), also if it is a symbolic link.
    pub fn create_subdirectory(&self, name: impl AsRef<Path>) -> Result<Self> {
        match mkdirat(self, name.as_ref(), Mode::RWXU) {
            Err(error) if error != Errno::EXIST => return Err(error.into()),
            _ => {}
        }
        self.subdirectory(open_directory(self, name.as_ref())?, name.as_ref(), Owners::UsAndRoot)
    }

    fn subdirectory(&self, handle: File, name: &Path, owners: Owners) -> Result<Self> {
        Self::checked(handle, self.path.join(name), &Identity::current(), owners)
    }

    fn checked(handle: File, path: PathBuf, us: &Identity, owners: Owners) -> Result<Self> {
        let metadata = handle.metadata()?;
        us.check_directory(&metadata, owners)?;
        Ok(Self { handle, path, owner: metadata.uid() })
    }

    /// Its absolute path without links. Only for messages and for other programs: they may find another directory there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Files that this process may read in this directory.
    pub(crate) fn owners(&self) -> Owners {
        Owners::UsRootAnd(self.owner)
    }

    /// Makes sure that entries that were added, renamed or removed survive a power failure.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn sync(&self) -> Result<()> {
        self.handle.sync_all()
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// Opens a directory, but does not follow a symbolic link to one.
fn open_directory(at: impl AsFd, name: &Path) -> Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(&at, name, flags, Mode::empty()) {
        Ok(handle) => Ok(handle.into()),
        // Systems differ in the error for a link.
        Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
            let entry = statat(&at, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(entry.st_mode) == FileType::Symlink {
                return Err(refused("it is a symbolic link"));
            }
            Err(Error::new(ErrorKind::NotADirectory, "it is not a directory"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The absolute path of the data directory without links. The directory itself may be a link if only root or we can have
/// created it. (systemd creates one for a `StateDirectory`.)
fn resolve(path: &Path, us: &Identity) -> Result<PathBuf> {
    let link = fs::symlink_metadata(without_slash(path))?;
    if link.is_symlink() {
        let parent = canonical(without_slash(path).parent().unwrap_or(Path::new("")))?;
        us.check_link(&link, &fs::metadata(&parent)?)?;
        check_ancestors(&parent.join("link"), us)?;
    }
    fs::canonicalize(path)
}

/// Whether no other user can replace a directory on the way to `path`, which is absolute and without links.
fn check_ancestors(path: &Path, us: &Identity) -> Result<()> {
    path.ancestors().skip(1).try_for_each(|ancestor| us.check_ancestor(ancestor, &fs::metadata(ancestor)?))
}

/// With a slash at the end, the system would follow a link.
fn without_slash(path: &Path) -> &Path {
    path.components().as_path()
}

/// The parent of a relative path with one name is empty.
fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path })
}

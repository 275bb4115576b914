//! The files in a directory.

use crate::{
    Directory, is_absent,
    permissions::{Identity, Owners, refused},
};
use rustix::{
    fs::{AtFlags, Dir, Mode, OFlags, linkat, openat, renameat, statat, unlinkat},
    io::Errno,
};
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::{Read, Result, Write},
    os::{fd::AsFd, unix::ffi::OsStrExt},
    path::Path,
};

impl Directory {
    /// Opens a file to read it.
    ///
    /// # Errors
    /// The reason why it cannot be used: it is not a regular file with one name, or another user owns it or can write to it.
    pub fn open_to_read(&self, name: impl AsRef<Path>) -> Result<File> {
        self.open_file(name.as_ref(), OFlags::RDONLY, self.owners())
    }

    /// Opens a file to read and write it, and creates it if it does not exist.
    ///
    /// # Errors
    /// As for [`open_to_read`](Self::open_to_read).
    pub fn open_to_write(&self, name: impl AsRef<Path>) -> Result<File> {
        self.open_file(name.as_ref(), OFlags::RDWR | OFlags::CREATE, Owners::UsAndRoot)
    }

    /// Opens a file to append to it, and creates it if it does not exist.
    ///
    /// # Errors
    /// As for [`open_to_read`](Self::open_to_read).
    pub fn open_to_append(&self, name: impl AsRef<Path>) -> Result<File> {
        self.open_file(name.as_ref(), OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE, Owners::UsAndRoot)
    }

    /// Follows no link, does not wait for the other end of a pipe, and does not leave the file open in child processes.
    fn open_file(&self, name: &Path, flags: OFlags, owners: Owners) -> Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(self, name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => File::from(file),
            Err(Errno::LOOP | Errno::MLINK) => return Err(refused("it is a symbolic link")),
            Err(error) => return Err(error.into()),
        };
        Identity::current().check_file(&file.metadata()?, owners)?;
        Ok(file)
    }

    /// Reads a file; `None` if it does not exist.
    ///
    /// # Errors
    /// As for [`open_to_read`](Self::open_to_read).
    pub fn read(&self, name: impl AsRef<Path>) -> Result<Option<Vec<u8>>> {
        self.read_if(name.as_ref(), |_| Ok(()))
    }

    /// Reads a file that only its owner and a group of ours may be able to read; `None` if it does not exist.
    ///
    /// # Errors
    /// As for [`open_to_read`](Self::open_to_read), also if others can read it.
    pub fn read_secret(&self, name: impl AsRef<Path>) -> Result<Option<Vec<u8>>> {
        self.read_if(name.as_ref(), |file| Identity::current().check_secret(&file.metadata()?))
    }

    fn read_if(&self, name: &Path, check: impl FnOnce(&File) -> Result<()>) -> Result<Option<Vec<u8>>> {
        let mut file = match self.open_to_read(name) {
            Err(error) if is_absent(&error) => return Ok(None),
            file => file?,
        };
        check(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a new file, which only its owner can read, to the disk.
    ///
    /// # Errors
    /// [`AlreadyExists`](std::io::ErrorKind::AlreadyExists) if the file exists.
    pub fn write_new(&self, name: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let mut file = self.open_file(name.as_ref(), flags, Owners::UsAndRoot)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.sync()
    }

    /// Writes a file atomically: as `draft` in this directory, which is then moved to `name` in `target` and replaces a file
    /// there.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn write_into(
        &self,
        draft: impl AsRef<Path>,
        target: &Self,
        name: impl AsRef<Path>,
        bytes: &[u8],
    ) -> Result<()> {
        // A crash may have left a draft.
        self.remove(&draft)?;
        self.write_new(&draft, bytes)?;
        renameat(self, draft.as_ref(), target, name.as_ref())?;
        target.sync()
    }

    /// Writes a file atomically and replaces an existing one.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn write(&self, name: impl AsRef<Path>, draft: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
        self.write_into(draft, self, name, bytes)
    }

    /// Writes a file atomically, unless it exists.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn write_once(&self, name: impl AsRef<Path>, draft: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
        self.remove(&draft)?;
        self.write_new(&draft, bytes)?;
        let linked = linkat(self, draft.as_ref(), self, name.as_ref(), AtFlags::empty());
        self.remove(&draft)?;
        match linked {
            Err(error) if error != Errno::EXIST => Err(error.into()),
            _ => self.sync(),
        }
    }

    /// Removes the drafts that are the same file as `name`, which [`write_once`](Self::write_once) leaves if it is killed.
    /// `is_draft` recognizes them by their names.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove_drafts(&self, name: impl AsRef<Path>, is_draft: impl Fn(&str) -> bool) -> Result<()> {
        let Ok(kept) = statat(self, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW) else { return Ok(()) };
        if kept.st_nlink == 1 {
            return Ok(());
        }
        for name in self.names()? {
            let entry = statat(self, Path::new(&name), AtFlags::SYMLINK_NOFOLLOW)?;
            let is_same = (entry.st_dev, entry.st_ino) == (kept.st_dev, kept.st_ino);
            if is_same && name.to_str().is_some_and(&is_draft) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Renames an entry and replaces an existing one.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn rename(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<()> {
        renameat(self, from.as_ref(), self, to.as_ref())?;
        self.sync()
    }

    /// Removes a file, which need not exist.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove(&self, name: impl AsRef<Path>) -> Result<()> {
        match unlinkat(self, name.as_ref(), AtFlags::empty()) {
            Err(error) if !is_absent(&error.into()) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes a directory with everything in it.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn remove_tree(&self, name: impl AsRef<Path>) -> Result<()> {
        remove_tree(self.as_fd(), name.as_ref())
    }

    /// The names of all entries.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn names(&self) -> Result<Vec<OsString>> {
        names(self)
    }
}

fn names(directory: impl AsFd) -> Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    Ok(names)
}

fn remove_tree(at: impl AsFd, name: &Path) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(&at, name, flags, Mode::empty())?;
    for name in names(&directory)? {
        let name = Path::new(&name);
        match unlinkat(&directory, name, AtFlags::empty()) {
            // The error for a directory, on Linux and elsewhere.
            Err(Errno::ISDIR | Errno::PERM) => remove_tree(&directory, name)?,
            outcome => outcome?,
        }
    }
    Ok(unlinkat(&at, name, AtFlags::REMOVEDIR)?)
}

//! Who may own the files that are used, and who else may write to them or read them.

use rustix::process::{Gid, getegid, geteuid, getgroups};
use std::{
    fs::Metadata,
    io::{Error, ErrorKind, Result},
    os::unix::fs::MetadataExt,
    path::Path,
};

const READABLE_BY_GROUP: u32 = 0o040;
const WRITABLE_BY_GROUP: u32 = 0o020;
const READABLE_BY_ALL: u32 = 0o004;
const WRITABLE_BY_ALL: u32 = 0o002;
/// In such a directory only the owner of an entry, and that of the directory, can rename or remove the entry.
const STICKY: u32 = 0o1000;

/// Who may own a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owners {
    UsAndRoot,
    /// Root may also use files of this user.
    UsRootAnd(u32),
    /// Root may use files of any user.
    Anybody,
}

/// The effective user and the groups of this process.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    uid: u32,
    gids: Vec<u32>,
}

impl Identity {
    pub(crate) fn current() -> Self {
        let groups = getgroups().unwrap_or_default().into_iter().chain([getegid()]);
        Self { uid: geteuid().as_raw(), gids: groups.map(Gid::as_raw).collect() }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.uid == 0
    }

    fn check_owner(&self, owner: u32, owners: Owners) -> Result<()> {
        let is_accepted = owner == self.uid
            || owner == 0
            || match owners {
                Owners::UsAndRoot => false,
                Owners::UsRootAnd(other) => self.is_root() && owner == other,
                Owners::Anybody => self.is_root(),
            };
        if is_accepted {
            return Ok(());
        }
        let us = if self.is_root() { String::new() } else { format!("user {} or to ", self.uid) };
        Err(refused(format!("it belongs to user {owner}, and must belong to {us}root")))
    }

    pub(crate) fn check_directory(&self, metadata: &Metadata, owners: Owners) -> Result<()> {
        self.check_owner(metadata.uid(), owners)?;
        if metadata.uid() == 0 && !self.is_root() {
            // Root has created it for us. Each file in it is checked.
            return Ok(());
        }
        self.check_writers(metadata)
    }

    pub(crate) fn check_file(&self, metadata: &Metadata, owners: Owners) -> Result<()> {
        if !metadata.is_file() {
            return Err(refused("it is not a regular file"));
        }
        if metadata.nlink() != 1 {
            return Err(refused(format!("it has {} names (hard links)", metadata.nlink())));
        }
        self.check_owner(metadata.uid(), owners)?;
        self.check_writers(metadata)
    }

    /// Whether only we, a group of ours and root can read the file.
    pub(crate) fn check_secret(&self, metadata: &Metadata) -> Result<()> {
        let (mode, gid) = (metadata.mode(), metadata.gid());
        if mode & READABLE_BY_ALL != 0 {
            return Err(refused("all users can read it, and it is secret; run `chmod 600`"));
        }
        if mode & READABLE_BY_GROUP != 0 && !self.gids.contains(&gid) {
            return Err(refused(format!("group {gid} can read it, and it is secret; run `chmod 600`")));
        }
        Ok(())
    }

    /// Whether others can replace the entries of a directory above the data directory.
    pub(crate) fn check_ancestor(&self, path: &Path, metadata: &Metadata) -> Result<()> {
        // The private group of another user is like that user, who can replace the entries in any case.
        let is_ours_or_roots = metadata.uid() == self.uid || metadata.uid() == 0;
        let mode = metadata.mode();
        if mode & STICKY != 0 || (mode & WRITABLE_BY_ALL == 0 && !is_ours_or_roots) {
            return Ok(());
        }
        let path = path.display();
        self.check_writers(metadata).map_err(|error| refused(format!("it is in {path}, and {error} there")))
    }

    /// Whether a symbolic link in a directory may be followed: no other user can have created it.
    pub(crate) fn check_link(&self, link: &Metadata, directory: &Metadata) -> Result<()> {
        self.check_owner(link.uid(), Owners::UsAndRoot)?;
        self.check_owner(directory.uid(), Owners::UsAndRoot).map_err(|_| {
            refused(format!("it is a symbolic link in a directory that belongs to user {}", directory.uid()))
        })
    }

    fn check_writers(&self, metadata: &Metadata) -> Result<()> {
        self.check_writers_of(metadata.mode(), metadata.gid())
    }

    fn check_writers_of(&self, mode: u32, gid: u32) -> Result<()> {
        if mode & WRITABLE_BY_ALL != 0 {
            return Err(refused("all users can write to it; run `chmod o-w`"));
        }
        if mode & WRITABLE_BY_GROUP != 0 && !self.gids.contains(&gid) {
            return Err(refused(format!("group {gid} can write to it; run `chmod g-w`")));
        }
        Ok(())
    }
}

pub(crate) fn refused(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::PermissionDenied, why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: u32 = 0;

    fn identity(uid: u32) -> Identity {
        Identity { uid, gids: vec![10_001] }
    }

    #[test]
    fn only_root_reads_files_of_another_user_and_no_one_writes_them() {
        assert!(identity(7).check_owner(7, Owners::UsAndRoot).is_ok());
        assert!(identity(7).check_owner(ROOT, Owners::UsAndRoot).is_ok());
        for owners in [Owners::UsAndRoot, Owners::UsRootAnd(8), Owners::Anybody] {
            assert!(identity(7).check_owner(8, owners).is_err(), "{owners:?}");
        }
        assert!(identity(ROOT).check_owner(8, Owners::UsAndRoot).is_err());
        assert!(identity(ROOT).check_owner(8, Owners::UsRootAnd(9)).is_err());
        assert!(identity(ROOT).check_owner(8, Owners::UsRootAnd(8)).is_ok());
        assert!(identity(ROOT).check_owner(8, Owners::Anybody).is_ok());
    }

    #[test]
    fn a_group_may_write_only_if_it_is_one_of_ours() {
        let us = identity(7);
        assert!(us.check_writers_of(0o755, 50).is_ok());
        assert!(us.check_writers_of(0o660, 10_001).is_ok());
        assert!(us.check_writers_of(0o660, 50).is_err());
        assert!(us.check_writers_of(0o666, 10_001).is_err());
        assert!(us.check_writers_of(0o1777, 10_001).is_err());
    }
}

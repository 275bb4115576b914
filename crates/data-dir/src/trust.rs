//! Whose files are used, and who else may write to them.

use rustix::{
    fs::OFlags,
    process::{getegid, geteuid, getgroups},
};
use std::{
    fs::Metadata,
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
};

const WRITABLE_BY_GROUP: u32 = 0o020;
const WRITABLE_BY_ALL: u32 = 0o002;

/// Whose a file may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owners {
    UsAndRoot,
    /// Root may also use what belongs to this user.
    UsRootAnd(u32),
    /// Root may use what belongs to any user.
    Anybody,
}

/// The user and the groups as whom this process acts.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    uid: u32,
    gids: Vec<u32>,
}

impl Identity {
    pub(crate) fn ours() -> Self {
        let groups = getgroups().unwrap_or_default().into_iter().chain([getegid()]);
        Self { uid: geteuid().as_raw(), gids: groups.map(rustix::process::Gid::as_raw).collect() }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.uid == 0
    }

    pub(crate) fn accepts_owner(&self, metadata: &Metadata, owners: Owners) -> io::Result<()> {
        self.accepts_uid(metadata.uid(), owners)
    }

    fn accepts_uid(&self, owner: u32, owners: Owners) -> io::Result<()> {
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

    pub(crate) fn accepts_directory(&self, metadata: &Metadata, owners: Owners) -> io::Result<()> {
        if metadata.is_symlink() {
            return Err(refused("it is a symbolic link"));
        }
        if !metadata.is_dir() {
            return Err(io::Error::new(ErrorKind::NotADirectory, "it is not a directory"));
        }
        self.accepts_owner(metadata, owners)?;
        if metadata.uid() == 0 && !self.is_root() {
            // What root has made for us. Each file in it is looked at.
            return Ok(());
        }
        self.accepts_writers(metadata.mode(), metadata.gid())
    }

    pub(crate) fn accepts_file(&self, metadata: &Metadata, owners: Owners) -> io::Result<()> {
        if !metadata.is_file() {
            return Err(refused("it is not a regular file"));
        }
        if metadata.nlink() != 1 {
            return Err(refused(format!("it has {} names (hard links)", metadata.nlink())));
        }
        self.accepts_owner(metadata, owners)?;
        self.accepts_writers(metadata.mode(), metadata.gid())
    }

    fn accepts_writers(&self, mode: u32, gid: u32) -> io::Result<()> {
        if mode & WRITABLE_BY_ALL != 0 {
            return Err(refused("everybody can write to it; take that right away with `chmod o-w`"));
        }
        if mode & WRITABLE_BY_GROUP != 0 && !self.gids.contains(&gid) {
            return Err(refused(format!("group {gid} can write to it; take that right away with `chmod g-w`")));
        }
        Ok(())
    }
}

/// Follows no link, does not wait for the other end of a pipe, and leaves nothing open in child processes.
pub(crate) fn open_flags() -> i32 {
    (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits().cast_signed()
}

/// Says what it means that a link was not followed.
pub(crate) fn explain(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return refused("it is a symbolic link");
    }
    error
}

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::PermissionDenied, why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: u32 = 0;

    fn identity(uid: u32) -> Identity {
        Identity { uid, gids: vec![10_001] }
    }

    #[test]
    fn what_belongs_to_another_user_is_read_by_root_alone_and_written_by_nobody() {
        assert!(identity(7).accepts_uid(7, Owners::UsAndRoot).is_ok());
        assert!(identity(7).accepts_uid(ROOT, Owners::UsAndRoot).is_ok());
        for owners in [Owners::UsAndRoot, Owners::UsRootAnd(8), Owners::Anybody] {
            assert!(identity(7).accepts_uid(8, owners).is_err(), "{owners:?}");
        }
        assert!(identity(ROOT).accepts_uid(8, Owners::UsAndRoot).is_err());
        assert!(identity(ROOT).accepts_uid(8, Owners::UsRootAnd(9)).is_err());
        assert!(identity(ROOT).accepts_uid(8, Owners::UsRootAnd(8)).is_ok());
        assert!(identity(ROOT).accepts_uid(8, Owners::Anybody).is_ok());
    }

    #[test]
    fn a_group_may_write_if_it_is_ours_and_others_may_not() {
        let us = identity(7);
        assert!(us.accepts_writers(0o755, 50).is_ok());
        assert!(us.accepts_writers(0o660, 10_001).is_ok());
        assert!(us.accepts_writers(0o660, 50).is_err());
        assert!(us.accepts_writers(0o666, 10_001).is_err());
        assert!(us.accepts_writers(0o1777, 10_001).is_err());
    }
}

//! The operating system user that runs Postgres. Postgres refuses to run as root, so under root another user is chosen.

use crate::error::{Error, IoContext};
use rustix::fs::{AtFlags, statat};
use std::{
    fs,
    os::{
        fd::AsFd,
        unix::{
            fs::{MetadataExt, fchown},
            process::CommandExt,
        },
    },
    path::Path,
    process::Command,
};
use usher_data_dir::Directory;

/// A user and its primary group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OsUser {
    pub uid: u32,
    gid: u32,
}

/// Whether this process runs as root, so that Postgres must run as another user.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl OsUser {
    /// The current user. Under root: the owner of the existing cluster `name` in `home`, or else an unprivileged user.
    pub(crate) fn for_cluster(home: &Directory, name: &str) -> Result<Self, Error> {
        if is_root()
            && let Ok(cluster) = statat(home, name, AtFlags::SYMLINK_NOFOLLOW)
            && cluster.st_uid != 0
        {
            return Ok(Self { uid: cluster.st_uid, gid: cluster.st_gid });
        }
        Self::unprivileged()
    }

    /// The current user. Under root: `usher` if that user exists; else `postgres`, which other clusters share; else `nobody`.
    pub(crate) fn unprivileged() -> Result<Self, Error> {
        if !is_root() {
            return Ok(Self { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() });
        }
        let passwd = fs::read_to_string("/etc/passwd").context(|| "read /etc/passwd")?;
        Self::preferred(&passwd).ok_or(Error::NoOsUser)
    }

    fn preferred(passwd: &str) -> Option<Self> {
        ["usher", "postgres", "_postgres", "nobody"].into_iter().find_map(|name| Self::in_passwd(passwd, name))
    }

    fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let _password = fields.next()?;
            let user = Self { uid: id(fields.next()?)?, gid: id(fields.next()?)? };
            (user.uid != 0).then_some(user)
        })
    }

    /// Whether this user can search the directory `path` and all above it. `path` is absolute and has no symbolic link.
    pub(crate) fn may_search(self, path: &Path) -> bool {
        !is_root()
            || path.ancestors().all(|dir| {
                fs::metadata(dir).is_ok_and(|metadata| {
                    let bit = if metadata.uid() == self.uid {
                        0o100
                    } else if metadata.gid() == self.gid {
                        0o010
                    } else {
                        0o001
                    };
                    metadata.mode() & bit != 0
                })
            })
    }

    /// Under root, gives the open directory to this user. `path` is where it is.
    pub(crate) fn take_ownership(self, directory: impl AsFd, path: &Path) -> Result<(), Error> {
        if is_root() {
            fchown(directory, Some(self.uid), Some(self.gid))
                .context(|| format!("give {} to user {}", path.display(), self.uid))?;
        }
        Ok(())
    }

    /// Makes `command` run as this user, without our environment (which may hold secrets) and outside our working directory
    /// (which that user may not be able to enter).
    pub(crate) fn configure(self, command: &mut Command) {
        command.env_clear().current_dir("/");
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCPATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // On macOS a postmaster without a valid locale becomes multithreaded and exits.
        command.env("LC_ALL", "C");
        if is_root() {
            command.uid(self.uid).gid(self.gid);
        }
    }
}

/// macOS writes the id of `nobody` as -2.
fn id(field: &str) -> Option<u32> {
    field.parse().ok().or_else(|| field.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::OsUser;

    #[test]
    fn a_user_is_found_by_its_full_name_and_is_never_root() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7:::\npostgres:x:101:104:a,b:/:/bin/sh\nnobody:*:-2:-2:::\nfake:x:0:5:::";
        assert_eq!(OsUser::in_passwd(passwd, "postgres"), Some(OsUser { uid: 101, gid: 104 }));
        assert_eq!(OsUser::in_passwd(passwd, "nobody"), Some(OsUser { uid: u32::MAX - 1, gid: u32::MAX - 1 }));
        assert_eq!(OsUser::in_passwd(passwd, "fake"), None);
        assert_eq!(OsUser::in_passwd(passwd, "post"), None);
    }

    #[test]
    fn a_dedicated_user_is_preferred_to_a_shared_one() {
        let shared = "nobody:x:65534:65534:::\npostgres:x:101:104:::\n";
        assert_eq!(OsUser::preferred(shared), Some(OsUser { uid: 101, gid: 104 }));
        assert_eq!(OsUser::preferred(&format!("{shared}usher:x:990:980:::\n")), Some(OsUser { uid: 990, gid: 980 }));
        assert_eq!(OsUser::preferred("nobody:x:65534:65534:::\n"), Some(OsUser { uid: 65534, gid: 65534 }));
        assert_eq!(OsUser::preferred("usher:x:0:0:::\n"), None);
    }
}

//! The user as whom Postgres runs. It refuses to run as root, so a service of root's lends it another.

use std::{
    fs,
    os::unix::fs::{MetadataExt, lchown},
    os::unix::process::CommandExt,
    path::Path,
    process::Command,
};

use super::error::{Attempt, EmbeddedError};

/// A user and its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    gid: u32,
}

/// Whether this process may do as it pleases, and Postgres must run as somebody else.
pub(super) fn are_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Account {
    /// Ourselves, or if we are root the owner of the existing `cluster`, or else an unprivileged user.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Self, EmbeddedError> {
        if are_root()
            && let Ok(metadata) = fs::symlink_metadata(cluster)
            && metadata.uid() != 0
        {
            return Ok(Self { uid: metadata.uid(), gid: metadata.gid() });
        }
        Self::unprivileged()
    }

    /// Ourselves, or if we are root an unprivileged user: the service's own if there is one, else that of Postgres, which its
    /// other clusters share, else one that owns nothing of value.
    pub(super) fn unprivileged() -> Result<Self, EmbeddedError> {
        if !are_root() {
            return Ok(Self { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() });
        }
        let passwd = fs::read_to_string("/etc/passwd").attempt(|| "read /etc/passwd")?;
        Self::preferred(&passwd).ok_or(EmbeddedError::NoAccount)
    }

    fn preferred(passwd: &str) -> Option<Self> {
        ["usher", "postgres", "_postgres", "nobody"].into_iter().find_map(|name| Self::in_passwd(passwd, name))
    }

    fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let _password = fields.next()?;
            let account = Self { uid: id(fields.next()?)?, gid: id(fields.next()?)? };
            (account.uid != 0).then_some(account)
        })
    }

    /// Whether this user can reach what lies in the directory `path`, which is absolute and free of links.
    pub(super) fn may_search(self, path: &Path) -> bool {
        !are_root()
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

    /// Makes the directory `path` this user's, if we are root. Follows no link.
    pub(super) fn take(self, path: &Path) -> Result<(), EmbeddedError> {
        if are_root() {
            lchown(path, Some(self.uid), Some(self.gid))
                .attempt(|| format!("give {} to user {}", path.display(), self.uid))?;
        }
        Ok(())
    }

    /// Has `command` run as this user, knowing nothing of our environment (which may hold secrets) or folder (which that
    /// user may not be able to enter).
    pub(super) fn runs(self, command: &mut Command) {
        command.env_clear().current_dir("/");
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCPATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // On macOS a postmaster without a valid locale gets threads, and ends.
        command.env("LC_ALL", "C");
        if are_root() {
            command.uid(self.uid).gid(self.gid);
        }
    }
}

/// macOS writes nobody's id as -2.
fn id(field: &str) -> Option<u32> {
    field.parse().ok().or_else(|| field.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn a_user_is_found_by_its_whole_name_and_is_never_root() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7:::\npostgres:x:101:104:a,b:/:/bin/sh\nnobody:*:-2:-2:::\nfake:x:0:5:::";
        assert_eq!(Account::in_passwd(passwd, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::in_passwd(passwd, "nobody"), Some(Account { uid: u32::MAX - 1, gid: u32::MAX - 1 }));
        assert_eq!(Account::in_passwd(passwd, "fake"), None);
        assert_eq!(Account::in_passwd(passwd, "post"), None);
    }

    #[test]
    fn a_user_of_the_services_own_is_preferred_to_one_that_others_share() {
        let shared = "nobody:x:65534:65534:::\npostgres:x:101:104:::\n";
        assert_eq!(Account::preferred(shared), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(Account::preferred(&format!("{shared}usher:x:990:980:::\n")), Some(Account { uid: 990, gid: 980 }));
        assert_eq!(Account::preferred("nobody:x:65534:65534:::\n"), Some(Account { uid: 65534, gid: 65534 }));
        assert_eq!(Account::preferred("usher:x:0:0:::\n"), None);
    }
}

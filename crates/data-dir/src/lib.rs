//! The data directory and the files in it. They hold secrets, and root may run the service: so a file is used only if nobody
//! else can have put it there, and no symbolic link is followed.
//!
//! Accepted is what belongs to the user who runs the service or to root, if nobody else can write to it. A group of the
//! service's own may. Of a directory of root's, anybody may if the service is not root's: Kubernetes mounts volumes that
//! everybody in the container can write to. Root may read what lies in a directory of another user and belongs to that user:
//! that is how root runs commands beside a service of an unprivileged user.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod trust;

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use trust::{Identity, Owners};

/// Makes the directory if there is none, and returns its absolute path without links.
///
/// # Errors
/// Says whom it belongs to or who can write to it, if that keeps it from being used.
pub fn make(path: &Path) -> io::Result<PathBuf> {
    let us = Identity::ours();
    if !path.exists() {
        // Root's can be passed through, so that the cluster of another user can lie in it, but not listed.
        let mode = if us.is_root() { 0o711 } else { 0o700 };
        DirBuilder::new().recursive(true).mode(mode).create(path)?;
        let path = fs::canonicalize(path)?;
        if let Some(parent) = path.parent() {
            sync(parent)?;
        }
    }
    let found = located(path, &us)?;
    us.accepts_directory(&fs::metadata(&found)?, Owners::UsAndRoot)?;
    Ok(found)
}

/// The absolute path of the directory without links, if there is one. Root may use that of another user to read what the
/// service of that user has put there.
///
/// # Errors
/// As for [`make`].
pub fn find(path: &Path) -> io::Result<Option<PathBuf>> {
    let us = Identity::ours();
    match located(path, &us) {
        Ok(found) => {
            us.accepts_directory(&fs::metadata(&found)?, Owners::Anybody)?;
            Ok(Some(found))
        }
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Follows a link to the directory if root or we have made it. (systemd does so for a `StateDirectory`.)
fn located(path: &Path, us: &Identity) -> io::Result<PathBuf> {
    // Without a slash at its end, by which the link would be followed.
    let metadata = fs::symlink_metadata(path.components().as_path())?;
    if metadata.is_symlink() {
        us.accepts_owner(&metadata, Owners::UsAndRoot)?;
    }
    fs::canonicalize(path)
}

/// Whether a folder in the data directory is one of ours.
///
/// # Errors
/// As for [`make`]; a symbolic link is an error too.
pub fn expect_folder(path: &Path) -> io::Result<()> {
    Identity::ours().accepts_directory(&fs::symlink_metadata(path)?, Owners::UsAndRoot)
}

/// Opens a file of the directory to write to it.
///
/// # Errors
/// Says what keeps it from being used, if it is not a regular file of ours with one name that nobody else can write to.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.mode(0o600).custom_flags(trust::open_flags()).open(path).map_err(trust::explain)?;
    Identity::ours().accepts_file(&file.metadata()?, Owners::UsAndRoot)?;
    Ok(file)
}

/// Opens a file of the directory to read it.
///
/// # Errors
/// As for [`open`].
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(trust::open_flags()).open(path).map_err(trust::explain)?;
    let folder = path.parent().map(fs::metadata).transpose()?;
    let owners = folder.map_or(Owners::UsAndRoot, |folder| Owners::UsRootAnd(folder.uid()));
    Identity::ours().accepts_file(&file.metadata()?, owners)?;
    Ok(file)
}

/// Reads a file of the directory; `None` if there is none.
///
/// # Errors
/// As for [`open`].
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    match open_to_read(path) {
        Ok(mut file) => file.read_to_end(&mut bytes).map(|_| Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a new file that only its owner can read, and the folder's entry for it, to the disk.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if there is one.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open(path, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_entry(path)
}

/// Writes a file whole: it is made as `draft`, which must lie on the same file system, and moved to its place. One that is
/// there is replaced.
///
/// # Errors
/// What the operating system refuses.
pub fn write_whole(path: &Path, draft: &Path, bytes: &[u8]) -> io::Result<()> {
    // A crash may have left one.
    remove(draft)?;
    write_new(draft, bytes)?;
    fs::rename(draft, path)?;
    sync_entry(path)
}

/// Writes a file whole, unless there is one already. It is made as `draft` in the same folder.
///
/// # Errors
/// What the operating system refuses.
pub fn write_once(path: &Path, draft: &Path, bytes: &[u8]) -> io::Result<()> {
    remove(draft)?;
    write_new(draft, bytes)?;
    let linked = fs::hard_link(draft, path);
    remove(draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_entry(path),
    }
}

/// Removes the drafts that have the same content as the file because [`write_once`] was killed before it removed them.
/// `is_draft` tells them by their names.
///
/// # Errors
/// What the operating system refuses.
pub fn remove_drafts(path: &Path, is_draft: impl Fn(&str) -> bool) -> io::Result<()> {
    let (Some(folder), Ok(kept)) = (path.parent(), fs::symlink_metadata(path)) else { return Ok(()) };
    if kept.nlink() == 1 {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let is_same = (metadata.dev(), metadata.ino()) == (kept.dev(), kept.ino());
        if is_same && entry.file_name().to_str().is_some_and(&is_draft) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file that may not be there.
///
/// # Errors
/// What the operating system refuses.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_absent(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Whether there is nothing at a path.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Makes sure that what was made, renamed or removed in a folder outlives a power cut.
///
/// # Errors
/// What the operating system refuses.
pub fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sync_entry(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("usher-data-dir-{}-{name}", std::process::id()));
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn fault<T>(outcome: io::Result<T>) -> String {
        match outcome {
            Ok(_) => panic!("it is accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn only_a_regular_file_with_one_name_that_nobody_else_writes_to_is_opened() {
        let folder = Folder::new("files");
        let at = |name: &str| folder.0.join(name);
        write_new(&at("kept"), b"kept").unwrap();
        assert_eq!(read(&at("kept")).unwrap().as_deref(), Some(&b"kept"[..]));
        assert_eq!(fs::metadata(at("kept")).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&at("absent")).unwrap(), None);

        symlink(at("kept"), at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let fifo = at("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            fifo.as_os_str().as_encoded_bytes(),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        write_new(&at("open"), b"").unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o602)).unwrap();
        write_new(&at("double"), b"").unwrap();
        fs::hard_link(at("double"), at("other name")).unwrap();
        for (name, why) in [
            ("link", "symbolic link"),
            ("folder", "regular file"),
            ("fifo", "regular file"),
            ("open", "everybody can write"),
            ("double", "2 names"),
        ] {
            let read = fault(read(&at(name)));
            assert!(read.contains(why), "{name}: {read}");
            if name != "folder" && name != "fifo" {
                let written = fault(open(&at(name), OpenOptions::new().write(true).create(true).truncate(false)));
                assert!(written.contains(why), "{name}: {written}");
            }
        }
        assert_eq!(fs::read(at("kept")).unwrap(), b"kept");
    }

    #[test]
    fn a_directory_that_everybody_can_write_to_is_not_used() {
        let folder = Folder::new("directory");
        make(&folder.0).unwrap();
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(fault(make(&folder.0)).contains("everybody can write"));
        assert!(fault(find(&folder.0)).contains("everybody can write"));
        // A group of ours is no stranger.
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o770)).unwrap();
        make(&folder.0).unwrap();
        assert_eq!(find(&folder.0.join("absent")).unwrap(), None);
    }

    #[test]
    fn a_file_is_written_once_or_as_often_as_asked_and_leaves_no_draft() {
        let folder = Folder::new("writes");
        let (path, draft) = (folder.0.join("kept"), folder.0.join("draft"));
        fs::write(&draft, "left by a crash").unwrap();
        write_once(&path, &draft, b"first").unwrap();
        write_once(&path, &draft, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_whole(&path, &draft, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert!(!draft.exists());
        fs::hard_link(&path, &draft).unwrap();
        fs::write(folder.0.join("draft of something else"), "").unwrap();
        remove_drafts(&path, |name| name.starts_with("draft")).unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some(&b"third"[..]));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
    }
}

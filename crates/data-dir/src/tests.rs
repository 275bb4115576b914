//! The rules, with real files.

use crate::{Directory, is_absent};
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink},
    path::PathBuf,
};

/// A directory for each test that holds a data directory. Removed at the end.
struct Parent(PathBuf);

impl Parent {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("usher-data-dir-{}-{name}", std::process::id()));
        fs::create_dir(&path).unwrap();
        set_mode(&path, 0o700);
        Self(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("data")
    }

    fn create(&self) -> io::Result<Directory> {
        Directory::create(&self.path())
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn set_mode(path: impl Into<PathBuf>, mode: u32) {
    fs::set_permissions(path.into(), Permissions::from_mode(mode)).unwrap();
}

#[track_caller]
fn refusal<T>(outcome: io::Result<T>) -> String {
    match outcome {
        Ok(_) => panic!("it is accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn only_a_regular_file_with_one_name_that_no_other_user_can_write_to_is_opened() {
    let parent = Parent::new("files");
    let data_dir = parent.create().unwrap();
    let at = |name: &str| parent.path().join(name);
    data_dir.write_new("kept", b"kept").unwrap();
    assert_eq!(data_dir.read("kept").unwrap().as_deref(), Some(&b"kept"[..]));
    assert_eq!(fs::metadata(at("kept")).unwrap().mode() & 0o777, 0o600);
    assert_eq!(data_dir.read("absent").unwrap(), None);

    symlink(at("kept"), at("link")).unwrap();
    fs::create_dir(at("folder")).unwrap();
    rustix::fs::mknodat(&data_dir, "fifo", rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    data_dir.write_new("open", b"").unwrap();
    set_mode(at("open"), 0o602);
    data_dir.write_new("double", b"").unwrap();
    fs::hard_link(at("double"), at("other name")).unwrap();
    for (name, why) in [
        ("link", "symbolic link"),
        ("folder", "regular file"),
        ("fifo", "regular file"),
        ("open", "all users can write"),
        ("double", "2 names"),
    ] {
        let read = refusal(data_dir.read(name));
        assert!(read.contains(why), "{name}: {read}");
        if name != "folder" && name != "fifo" {
            let written = refusal(data_dir.open_to_write(name));
            assert!(written.contains(why), "{name}: {written}");
        }
    }
    assert_eq!(fs::read(at("kept")).unwrap(), b"kept");
}

#[test]
fn a_secret_is_read_only_if_no_other_user_can_read_it() {
    let parent = Parent::new("secret");
    let data_dir = parent.create().unwrap();
    data_dir.write_new("secret", b"secret").unwrap();
    assert_eq!(data_dir.read_secret("absent").unwrap(), None);
    for (mode, is_accepted) in [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o604, false)] {
        set_mode(parent.path().join("secret"), mode);
        assert_eq!(data_dir.read_secret("secret").is_ok(), is_accepted, "{mode:o}");
        data_dir.read("secret").unwrap();
    }
}

#[test]
fn a_world_writable_directory_is_not_used() {
    let parent = Parent::new("directory");
    parent.create().unwrap();
    set_mode(parent.path(), 0o777);
    assert!(refusal(parent.create()).contains("all users can write"));
    assert!(refusal(Directory::open(&parent.path())).contains("all users can write"));
    // The group is one of ours.
    set_mode(parent.path(), 0o770);
    parent.create().unwrap();
    assert!(Directory::open(&parent.path().join("absent")).unwrap().is_none());
    fs::write(parent.path().join("file"), "").unwrap();
    assert!(refusal(Directory::open(&parent.path().join("file"))).contains("not a directory"));
    assert!(Directory::open(&parent.path().join("file/below")).unwrap().is_none());
}

#[test]
fn a_directory_that_others_can_replace_is_neither_used_nor_created() {
    let parent = Parent::new("ancestors");
    let below = parent.path().join("below");
    set_mode(&parent.0, 0o777);
    for path in [&parent.path(), &below] {
        let why = refusal(Directory::create(path));
        assert!(why.contains("all users can write") && why.contains(parent.0.to_str().unwrap()), "{why}");
        assert!(!parent.path().exists());
    }
    // Sticky: only the owner of an entry can replace it.
    set_mode(&parent.0, 0o1777);
    Directory::create(&below).unwrap();
    set_mode(&parent.0, 0o777);
    for path in [&parent.path(), &below] {
        assert!(refusal(Directory::open(path)).contains("all users can write"));
        assert!(refusal(Directory::create(path)).contains("all users can write"));
    }
}

#[test]
fn a_directory_of_another_user_is_opened_only_by_root_and_only_where_any_owner_may_be() {
    const NOBODY: u32 = 65534;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let parent = Parent::new("foreign");
    let data_dir = parent.create().unwrap();
    data_dir.write_new("kept", b"kept").unwrap();
    for path in [parent.path(), parent.path().join("kept")] {
        chown(path, Some(NOBODY), None).unwrap();
    }
    let refused = format!("belongs to user {NOBODY}");
    assert!(refusal(parent.create()).contains(&refused));
    assert!(refusal(Directory::open(&parent.path())).contains(&refused));
    let foreign = Directory::open_of_any_owner(&parent.path()).unwrap().unwrap();
    assert_eq!(foreign.read("kept").unwrap().as_deref(), Some(&b"kept"[..]));
    assert!(refusal(foreign.open_to_write("kept")).contains(&refused));
    // A file of a third user, and a link that is not ours.
    chown(parent.path().join("kept"), Some(NOBODY - 1), None).unwrap();
    assert!(refusal(foreign.read("kept")).contains("belongs to user"));
    let link = parent.0.join("link");
    symlink(parent.path(), &link).unwrap();
    Directory::open_of_any_owner(&link).unwrap().unwrap();
    lchown(&link, Some(NOBODY), None).unwrap();
    assert!(refusal(Directory::open_of_any_owner(&link)).contains(&refused));
    lchown(&link, Some(0), None).unwrap();
    chown(&parent.0, Some(NOBODY), None).unwrap();
    assert!(refusal(Directory::open_of_any_owner(&link)).contains("symbolic link in a directory that belongs to user"));
}

#[test]
fn a_directory_that_was_checked_is_used_even_if_another_one_takes_its_path() {
    let parent = Parent::new("swap");
    let data_dir = parent.create().unwrap();
    data_dir.write_new("secret", b"ours").unwrap();
    let moved = parent.0.join("moved");
    fs::rename(parent.path(), &moved).unwrap();
    fs::create_dir(parent.path()).unwrap();
    fs::write(parent.path().join("secret"), "theirs").unwrap();
    fs::create_dir(parent.path().join("outbox")).unwrap();
    set_mode(parent.path().join("secret"), 0o600);

    assert_eq!(data_dir.read("secret").unwrap().as_deref(), Some(&b"ours"[..]));
    assert_eq!(data_dir.read_secret("secret").unwrap().as_deref(), Some(&b"ours"[..]));
    data_dir.write_new("new", b"").unwrap();
    data_dir.write("replaced", "draft", b"").unwrap();
    data_dir.write_once("once", "draft", b"").unwrap();
    data_dir.open_to_append("log").unwrap();
    data_dir.open_to_write("lock").unwrap();
    data_dir.rename("log", "log.1").unwrap();
    let outbox = data_dir.create_subdirectory("outbox").unwrap();
    data_dir.write_into("draft", &outbox, "mail", b"").unwrap();
    data_dir.create_subdirectory("tree").unwrap();
    data_dir.remove_tree("tree").unwrap();
    data_dir.remove("new").unwrap();
    let mut names = data_dir.names().unwrap();
    names.sort();
    assert_eq!(names, ["lock", "log.1", "once", "outbox", "replaced", "secret"]);
    assert!(moved.join("outbox/mail").exists());
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
    assert_eq!(fs::read_dir(parent.path().join("outbox")).unwrap().count(), 0);
}

#[test]
fn no_link_to_a_directory_in_the_data_directory_is_followed() {
    let parent = Parent::new("links");
    let data_dir = parent.create().unwrap();
    fs::create_dir(parent.0.join("elsewhere")).unwrap();
    symlink(parent.0.join("elsewhere"), parent.path().join("link")).unwrap();
    assert!(refusal(data_dir.open_subdirectory("link")).contains("symbolic link"));
    assert!(refusal(data_dir.create_subdirectory("link")).contains("symbolic link"));
    assert!(data_dir.open_subdirectory("absent").unwrap().is_none());
    fs::write(parent.0.join("elsewhere/kept"), "").unwrap();
    data_dir.create_subdirectory("tree").unwrap().create_subdirectory("below").unwrap();
    symlink(parent.0.join("elsewhere"), parent.path().join("tree/below/link")).unwrap();
    data_dir.remove_tree("tree").unwrap();
    assert!(parent.0.join("elsewhere/kept").exists());
    // The data directory itself may be a link.
    symlink(parent.path(), parent.0.join("link")).unwrap();
    let linked = Directory::open(&parent.0.join("link/")).unwrap().unwrap();
    assert_eq!(linked.path(), fs::canonicalize(parent.path()).unwrap());
}

#[test]
fn a_file_is_written_once_or_replaced_and_no_draft_is_left() {
    let parent = Parent::new("writes");
    let data_dir = parent.create().unwrap();
    let (path, draft) = (parent.path().join("kept"), parent.path().join("draft"));
    fs::write(&draft, "left by a crash").unwrap();
    data_dir.write_once("kept", "draft", b"first").unwrap();
    data_dir.write_once("kept", "draft", b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first");
    data_dir.write("kept", "draft", b"third").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"third");
    assert!(!draft.exists());
    fs::hard_link(&path, &draft).unwrap();
    fs::write(parent.path().join("draft of something else"), "").unwrap();
    data_dir.remove_drafts("kept", |name| name.starts_with("draft")).unwrap();
    assert_eq!(data_dir.read("kept").unwrap().as_deref(), Some(&b"third"[..]));
    assert_eq!(data_dir.names().unwrap().len(), 2);
    assert!(is_absent(&data_dir.open_to_read("draft").unwrap_err()));
}

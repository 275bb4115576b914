//! The data directory: its files are used only if no other user can have created them.

use crate::home::{Done, Home};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
};
use usher_testkit::{PASSWORD, new_database};

/// The user `nobody` of Debian, Fedora and Alpine.
const NOBODY: u32 = 65534;

fn are_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A data directory of that mode.
fn made(home: &Home, mode: u32) {
    fs::create_dir(home.data_dir()).unwrap();
    set_mode(&home.data_dir(), mode);
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Gives a folder and all that is in it to a user.
fn give(path: &Path, uid: u32) {
    chown(path, Some(uid), Some(uid)).unwrap();
    for entry in fs::read_dir(path).into_iter().flatten() {
        give(&entry.unwrap().path(), uid);
    }
}

/// Runs a command as `nobody`.
async fn run_as_nobody(home: &Home, arguments: &[&str]) -> Done {
    let output = home.command(arguments).uid(NOBODY).gid(NOBODY).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { status: output.status, out: text(output.stdout), err: text(output.stderr) }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_symbolic_link_in_the_data_directory_is_followed() {
    for (name, commands) in [
        ("postgres.lock", &[&["serve"][..], &["user", "list"], &["check"], &["keys", "revoke"]][..]),
        ("postgres.place", &[&["serve"], &["user", "list"]]),
        ("secret_key", &[&["serve"], &["check"]]),
    ] {
        let home = Home::new();
        made(&home, 0o755);
        let precious = home.file("precious", "0123456789abcdef0123456789abcdef");
        symlink(&precious, home.data_dir().join(name)).unwrap();
        for command in commands {
            // Where the database is elsewhere, only the secret key is looked at.
            let home = if name == "secret_key" {
                Home::new()
                    .set("DATABASE_URL", &new_database().await)
                    .set("USHER_DATA_DIR", home.data_dir().to_str().unwrap())
            } else {
                Home::new().set("USHER_DATA_DIR", home.data_dir().to_str().unwrap())
            };
            let complaint = home.run(command).await.expect_failure();
            assert!(
                complaint.contains(name) && complaint.contains("symbolic link"),
                "{name}, {command:?}: {complaint}"
            );
        }
        assert_eq!(fs::read_to_string(&precious).unwrap(), "0123456789abcdef0123456789abcdef", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_writes_into_its_own_files() {
    let home = Home::new();
    made(&home, 0o755);
    let precious = home.file("precious", "precious\n");
    for name in ["postgres.log", "postgres.log.1", "postgres.place.new", "admin_password"] {
        symlink(&precious, home.data_dir().join(name)).unwrap();
    }
    let elsewhere = home.data_dir().with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, home.data_dir().join("outbox")).unwrap();
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    crate::home::wait_until("the mail to be refused", || home.log().contains("symbolic link")).await;
    service.terminate().await;
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious\n");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert!(!fs::symlink_metadata(home.data_dir().join("admin_password")).unwrap().is_symlink());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_writable_data_directory_is_refused() {
    let home = Home::new();
    made(&home, 0o777);
    for database in [None, Some(new_database().await)] {
        let data_dir = home.data_dir().to_str().unwrap().to_owned();
        let home = Home::new().set("USHER_DATA_DIR", &data_dir).set("DATABASE_URL", &database.unwrap_or_default());
        for command in ["serve", "check"] {
            let complaint = home.run(&[command]).await.expect_failure();
            assert!(complaint.contains(&data_dir) && complaint.contains("chmod o-w"), "{command}: {complaint}");
        }
    }
    assert_eq!(fs::read_dir(home.data_dir()).unwrap().count(), 0);
    set_mode(&home.data_dir(), 0o775);
    home.serve().await.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_that_others_can_have_written_or_can_read_is_refused() {
    let home = Home::with_database().await;
    home.serve().await.terminate().await;
    let key = home.data_dir().join("secret_key");
    set_mode(&key, 0o666);
    for command in [&["serve"][..], &["check"], &["keys", "rotate"]] {
        let complaint = home.run(command).await.expect_failure();
        assert!(
            complaint.contains("secret_key") && complaint.contains("all users can write"),
            "{command:?}: {complaint}"
        );
    }
    for mode in [0o644, 0o604] {
        set_mode(&key, mode);
        for command in [&["serve"][..], &["check"], &["keys", "rotate"]] {
            let complaint = home.run(command).await.expect_failure();
            assert!(complaint.contains("secret_key: all users can read it"), "{command:?}: {complaint}");
        }
    }
    // The group is one of ours: a volume of Kubernetes with an `fsGroup`.
    set_mode(&key, 0o660);
    home.serve().await.terminate().await;
    set_mode(&key, 0o600);
    if are_root() {
        chown(&key, None, Some(NOBODY)).unwrap();
        set_mode(&key, 0o640);
        let complaint = home.run(&["serve"]).await.expect_failure();
        assert!(complaint.contains(&format!("group {NOBODY} can read it")), "{complaint}");
        set_mode(&key, 0o600);
        chown(&key, Some(NOBODY), None).unwrap();
        let complaint = home.run(&["serve"]).await.expect_failure();
        assert!(complaint.contains(&format!("belongs to user {NOBODY}")), "{complaint}");
        chown(&key, Some(0), None).unwrap();
    }
    // A service that was killed while it wrote the key has left another name of it.
    fs::hard_link(&key, home.data_dir().join("secret_key.new-1")).unwrap();
    home.serve().await.terminate().await;
    fs::hard_link(&key, home.data_dir().join("somewhere-else")).unwrap();
    assert!(home.run(&["serve"]).await.expect_failure().contains("2 names"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_key_that_is_refused_leaves_no_database_behind() {
    let home = Home::new();
    made(&home, 0o755);
    let key = home.data_dir().join("secret_key");
    for (text, mode, why) in [
        ("too short", 0o600, "secret_key: the secret key has 9 bytes; it needs at least 32"),
        ("0123456789abcdef0123456789abcdef", 0o644, "all users can read"),
    ] {
        fs::write(&key, text).unwrap();
        set_mode(&key, mode);
        let complaint = home.run(&["serve"]).await.expect_failure();
        assert!(complaint.contains(why), "{complaint}");
        assert_eq!(fs::read_dir(home.data_dir()).unwrap().count(), 1, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_that_others_can_replace_is_refused() {
    let home = Home::new();
    let parent = home.data_dir().with_file_name("shared");
    fs::create_dir(&parent).unwrap();
    set_mode(&parent, 0o777);
    let data_dir = parent.join("data");
    let home = home.set("USHER_DATA_DIR", data_dir.to_str().unwrap());
    let refuses = async || {
        let create = ["user", "create", "ada", "ada@example.com"];
        for command in [&["serve"][..], &create] {
            let complaint = home.run_with_input(command, PASSWORD).await.expect_failure();
            assert!(complaint.contains("shared, and all users can write to it"), "{command:?}: {complaint}");
        }
    };
    refuses().await;
    assert!(!data_dir.exists());
    // As in /tmp: only the owner of an entry can replace it.
    set_mode(&parent, 0o1777);
    home.serve().await.terminate().await;
    set_mode(&parent, 0o777);
    refuses().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_names_the_private_postgres_that_it_uses() {
    let home = Home::new();
    let create = ["user", "create", "ada", "ada@example.com", "--role", "admin"];
    let file = home.file("users.csv", "username,email\ngrace,grace@example.com\n");
    let commands = [
        &create[..],
        &["user", "list"],
        &["user", "set-role", "ada", "admin"],
        &["user", "import", &file],
        &["user", "export", "-"],
        &["migrate"],
        &["check"],
        &["keys", "rotate"],
        &["keys", "revoke"],
    ];
    // Perhaps another user's: a command that finds it in the working directory reports success.
    let private = format!("usher: using the private Postgres in {}\n", home.data_dir().display());
    let url = new_database().await;
    let secret = Home::new().set("DATABASE_URL", &url).set("USHER_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    for command in commands {
        if command[0] == "keys" && !home.data_dir().join("secret_key").exists() {
            home.serve().await.terminate().await;
        }
        let done = home.run_with_input(command, PASSWORD).await;
        assert!(done.err.contains(&private), "{command:?}: {}", done.err);
        done.expect_success();
        let done = secret.run_with_input(command, PASSWORD).await;
        assert!(!done.err.contains("usher: using"), "{command:?}: {}", done.err);
        done.expect_success();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_of_another_user_is_refused() {
    if !are_root() {
        return;
    }
    let home = Home::new();
    made(&home, 0o755);
    home.serve().await.terminate().await;
    // The cluster keeps its owner.
    chown(home.data_dir(), Some(NOBODY), None).unwrap();
    for command in [&["serve"][..], &["user", "list"], &["migrate"], &["keys", "revoke"]] {
        let complaint = home.run(command).await.expect_failure();
        assert!(complaint.contains(&format!("belongs to user {NOBODY}")), "{command:?}: {complaint}");
    }
    // Where the database is elsewhere, a service does not read the secret key of another user either.
    let key = home.data_dir().join("secret_key");
    fs::write(&key, "a key of another user").unwrap();
    chown(&key, Some(NOBODY), None).unwrap();
    let elsewhere = Home::with_database().await.set("USHER_DATA_DIR", home.data_dir().to_str().unwrap());
    let complaint = elsewhere.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains(&format!("belongs to user {NOBODY}")), "{complaint}");
    fs::remove_file(&key).unwrap();
    chown(home.data_dir(), Some(0), None).unwrap();
    // A link by another user in its place is not followed; one of root is, because systemd creates one.
    let link = home.data_dir().with_file_name("link");
    symlink(home.data_dir(), &link).unwrap();
    let linked = |path: &str| Home::new().set("USHER_DATA_DIR", path);
    linked(link.to_str().unwrap()).run(&["user", "list"]).await.expect_success();
    std::os::unix::fs::lchown(&link, Some(NOBODY), None).unwrap();
    for path in [link.to_str().unwrap().to_owned(), format!("{}/", link.display())] {
        let complaint = linked(&path).run(&["serve"]).await.expect_failure();
        assert!(complaint.contains(&format!("belongs to user {NOBODY}")), "{complaint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_writable_volume_of_root_serves_another_user() {
    if !are_root() {
        return;
    }
    let home = Home::new();
    made(&home, 0o2777);
    chown(home.data_dir(), Some(0), Some(NOBODY)).unwrap();
    let mut command = home.command(&["user", "create", "ada", "ada@example.com"]);
    command.uid(NOBODY).gid(NOBODY).stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stdin, PASSWORD.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(run_as_nobody(&home, &["user", "list"]).await.expect_success().contains("ada@example.com"));
    assert_eq!(fs::metadata(home.data_dir().join("postgres")).unwrap().uid(), NOBODY);
    // Root does not trust it: others could have created files there.
    let complaint = home.run(&["user", "list"]).await.expect_failure();
    assert!(complaint.contains("chmod o-w"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn root_runs_commands_with_a_service_of_another_user_and_creates_no_files() {
    if !are_root() {
        return;
    }
    let home = Home::new();
    made(&home, 0o700);
    give(&home.data_dir(), NOBODY);
    let service = home.serve_as(NOBODY).await;
    home.run(&["user", "list"]).await.expect_success();
    home.run(&["keys", "rotate"]).await.expect_success();
    assert!(home.run(&["check"]).await.expect_success().ends_with("database: good\n"));
    for entry in fs::read_dir(home.data_dir()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), NOBODY, "{entry:?}");
    }
    service.terminate().await;
    let complaint = home.run(&["user", "list"]).await.expect_failure();
    assert!(complaint.contains(&format!("belongs to user {NOBODY}")), "{complaint}");
}

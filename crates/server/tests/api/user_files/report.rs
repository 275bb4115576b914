//! What an import reports, and the files that it writes.

use super::*;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("usher-{}", Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_records_are_written_to_a_file_to_correct_and_import() {
    let (url, folder) = (new_database().await, Folder::new());
    let text = "Username;Email;Role\nada;ada@example.com;\nx;x@example.com;\nbob;\"bob@example.com\n\";owner\n";
    let file = folder.file("users.csv", text);
    let done = run(&url, &["import", &file], "").await.expect_summary("1 added, 0 already there, 2 refused");
    let said = done.expect_failure();
    assert_eq!(
        said[..3],
        [
            "read as semicolon-separated",
            "line 3: username must have at least 3 characters",
            "line 4: there is no role owner"
        ]
    );
    let hint = "correct and import that file, or import it with --fix-usernames";
    assert_eq!(said[3], format!("the refused records are in {file}.rejected.csv; {hint}"));
    let rejected = folder.read("users.csv.rejected.csv");
    let expected = "rejected_reason;Username;Email;Role\n\
        username must have at least 3 characters;x;x@example.com;\n\
        there is no role owner;bob;\"bob@example.com\n\";owner\n";
    assert_eq!(rejected, expected);
    let mode = fs::metadata(folder.path("users.csv.rejected.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // An existing file is not overwritten.
    run(&url, &["import", &file, "--dry-run"], "").await.expect_failure();
    assert_eq!(folder.read("users.csv.rejected.2.csv"), expected);
    assert_eq!(folder.read("users.csv.rejected.csv"), expected);

    let corrected = folder.file("corrected.csv", rejected.replace(";x;", ";xenia;"));
    let done = run(&url, &["import", &corrected], "").await.expect_summary("1 added, 0 already there, 1 refused");
    done.expect_failure();
    let again = folder.read("corrected.csv.rejected.csv");
    assert_eq!(again, "rejected_reason;Username;Email;Role\nthere is no role owner;bob;\"bob@example.com\n\";owner\n");
    assert_eq!(usernames(&url).await, ["ada", "xenia"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_objects_are_written_one_on_each_line() {
    let (url, folder) = (new_database().await, Folder::new());
    let document = json!({ "users": [{ "username": "x", "email": "x@example.com" }, "ada"] });
    let file = folder.file("users.json", serde_json::to_string_pretty(&document).unwrap());
    let rejected = folder.path("refused.ndjson");
    let arguments = ["import", &file, "--rejected", &rejected, "--all-or-nothing"];
    run(&url, &arguments, "").await.expect_summary("nothing was imported; 0 valid lines, 2 refused").expect_failure();
    let lines = folder.read("refused.ndjson");
    let (object, other) = lines.split_once('\n').unwrap();
    let object: serde_json::Value = serde_json::from_str(object).unwrap();
    assert_eq!(object["rejected_reason"], "username must have at least 3 characters");
    assert_eq!(other, "\"ada\"\n");
    let corrected = object.to_string().replace("\"x\"", "\"xenia\"");
    import(&url, corrected).await.expect_summary("1 added, 0 already there, 0 refused").expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_refused_records_are_counted_by_their_reasons() {
    let url = new_database().await;
    let file = format!("username,email\n{}x,bad\n", "ada,ada@example.com\nada,other@example.com\n".repeat(1500));
    let said = import(&url, file).await.expect_summary("1 added, 1499 already there, 1501 refused").expect_failure();
    assert_eq!(said.iter().filter(|line| line.starts_with("line ")).count(), 1000);
    let rest: Vec<&str> = said[1000..].iter().map(|line| line.trim_start()).collect();
    let reasons = [
        "… and 501 more",
        "reasons:",
        "1500  username is taken",
        "1  email must have one @ between its name and its domain",
        "1  username must have at least 3 characters",
        "usher: 1501 lines were refused",
    ];
    assert_eq!((rest.len(), rest[..3].to_vec(), rest[5]), (6, reasons[..3].to_vec(), reasons[5]), "{rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_names_the_old_and_the_new_id_of_each_user() {
    let (url, folder) = (new_database().await, Folder::new());
    let id = "335713c8-79a0-476a-9624-2d3d4ec7ff0b";
    let file = format!(
        "id,external_id,username,email\n{id},,ada,ada@example.com\n,17,bob,bob@example.com\n,,cleo,cleo@example.com\n,,x,\n"
    );
    let map = folder.path("map.csv");
    run(&url, &["import", "-", "--all-or-nothing", "--map", &map], &file).await.expect_failure();
    assert!(!Path::new(&map).exists());
    run(&url, &["import", "-", "--map", &map], &file).await.expect_summary("3 added, 0 already there, 1 refused");
    let ids = ask(&url, "SELECT id::text AS answer FROM users ORDER BY username").await;
    assert_eq!(ids[0], id);
    let expected =
        format!("line,old_id,new_id,username\n2,{id},{},ada\n3,17,{},bob\n4,,{},cleo\n", ids[0], ids[1], ids[2]);
    assert_eq!(folder.read("map.csv"), expected);
    let said = run(&url, &["import", "-", "--map", &map], &file).await.expect_failure();
    assert!(said[0].ends_with("map.csv: File exists (os error 17)"), "{said:?}");
    // Existing users have the ids that they had.
    let second = folder.path("second.csv");
    let other = file.replace(id, "c0ffee00-79a0-476a-9624-2d3d4ec7ff0b");
    run(&url, &["import", "-", "--map", &second], &other).await.expect_summary("0 added, 3 already there, 1 refused");
    assert_eq!(folder.read("second.csv"), expected.replacen(id, "c0ffee00-79a0-476a-9624-2d3d4ec7ff0b", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_of_one_instance_is_imported_into_another_with_an_admin_of_its_own() {
    let (here, there) = (new_database().await, new_database().await);
    let admin = "username,email,role\nadmin,admin@usher.invalid,admin\n";
    for url in [&here, &there] {
        import(url, admin).await.expect_success();
    }
    import(&here, csv(0..2)).await.expect_success();
    let exported = export(&here, &["--format", "ndjson"]).await;
    run(&there, &["import", "-", "--all-or-nothing"], &exported)
        .await
        .expect_summary("2 added, 1 already there, 0 refused")
        .expect_success();
}

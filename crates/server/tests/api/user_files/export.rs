//! Exporting users, and importing them again unchanged.

use super::*;

/// A path of a file that is not there yet.
fn path(extension: &str) -> PathBuf {
    std::env::temp_dir().join(format!("usher-{}.{extension}", Uuid::now_v7()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_imported_unchanged() {
    let app = TestApp::start().await;
    let mut file =
        "username,email,email_verified,pending_email,role,status,created_at,updated_at,last_login_at,password_hash\n"
            .to_owned();
    for (name, hash) in HASHES {
        writeln!(
            file,
            "{name},\"{name}!#$%&'*+/=?^`{{|}}~-x@example.com\",true,next.{name}@example.com,admin,suspended,\
             2001-02-03T04:05:06.789+01:00,2002-01-01T00:00:00.123456Z,2003-01-01T00:00:00Z,\"{hash}\""
        )
        .unwrap();
    }
    import(&app.database_url, file).await.expect_success();
    import(&app.database_url, "username,email\nstraße,str@münchen.de\n").await.expect_success();
    app.nobody().sign_in(ADMIN, PASSWORD).await;
    for format in ["csv", "ndjson"] {
        let first = export(&app.database_url, &["--format", format]).await;
        for time in ["2001-02-03T03:05:06.789Z", "2002-01-01T00:00:00.123Z", "2003-01-01T00:00:00.000Z"] {
            assert!(first.contains(time), "{time}: {first}");
        }
        let other = new_database().await;
        import(&other, &first).await.expect_summary("11 added, 0 already there, 0 refused").expect_success();
        assert_eq!(export(&other, &["--format", format]).await, first);
        // And over itself it changes nothing.
        import(&other, &first).await.expect_summary("0 added, 11 already there, 0 refused").expect_success();
        assert_eq!(export(&other, &["--format", format]).await, first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_that_begins_like_a_formula_is_exported_as_text_and_imported_unchanged() {
    let ids = ["=1+1", "-NqV", "'=1", "@ada", "a,\"b\""];
    let file = ids.iter().enumerate().fold(String::new(), |file, (number, id)| {
        let line = json!({ "username": format!("user{number}"), "email": format!("user{number}@example.com"), "external_id": id });
        format!("{file}{line}\n")
    });
    let url = new_database().await;
    import(&url, file).await.expect_success();
    let csv = export(&url, &[]).await;
    assert!(csv.contains(",'=1+1,") && csv.contains(",'-NqV,"), "{csv}");
    let other = new_database().await;
    import(&other, &csv).await.expect_summary("5 added, 0 already there, 0 refused").expect_success();
    assert_eq!(export(&other, &["--format", "ndjson"]).await, export(&url, &["--format", "ndjson"]).await);
    assert_eq!(ask(&other, "SELECT external_id AS answer FROM users ORDER BY username").await, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_hashes_unless_they_are_to_be_left_out() {
    const WITHOUT: &str = "--without-password-hashes";
    let app = TestApp::start().await;
    let csv = export(&app.database_url, &[WITHOUT]).await;
    assert_eq!(
        csv.lines().next(),
        Some(
            "id,external_id,username,email,email_verified,pending_email,role,status,created_at,updated_at,last_login_at"
        )
    );
    let json = export(&app.database_url, &["--format", "ndjson", WITHOUT]).await;
    assert!(json.contains("\"username\":\"root\"") && json.contains("\"email_verified\":true"), "{json}");
    assert!(![&csv, &json].iter().any(|file| file.contains("$2b$") || file.contains("password_hash")));
    let with = export(&app.database_url, &[]).await;
    assert!(with.lines().next().unwrap().ends_with(",last_login_at,password_hash"), "{with}");
    assert!(with.contains(",$2b$04$"), "{with}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_walks_through_more_users_than_a_page_has_and_is_written_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let url = new_database().await;
    assert_eq!(export(&url, &[]).await.lines().count(), 1, "the columns are named even if there are no users");
    import(&url, csv(0..2_345)).await.expect_success();
    let path = path("ndjson");
    let file = path.to_str().unwrap();
    assert_eq!(export(&url, &[file]).await, "");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2_345);
    let ids: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.is_sorted());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let done = run(&url, &["export", file], "").await;
    assert!(done.expect_failure()[0].contains("File exists"));
    let other = new_database().await;
    run(&other, &["import", file], "").await.expect_summary("2345 added, 0 already there, 0 refused").expect_success();
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_for_another_system_has_the_hashes_that_it_verifies_and_is_read_back() {
    let url = new_database().await;
    let mut file = "username,email,password_hash\n".to_owned();
    for (name, hash) in HASHES {
        writeln!(file, "{name},{name}@example.com,\"{hash}\"").unwrap();
    }
    import(&url, file).await.expect_success();
    for (system, title, left_behind) in [("keycloak", "Keycloak", 4), ("auth0", "Auth0", 2)] {
        let done = run(&url, &["export", "--to", system], "").await;
        assert!(done.succeeded, "{}", done.err);
        let warning = format!("without the password hashes of {left_behind} users, which {title} cannot verify");
        assert_eq!(done.err.trim_end(), warning);
        let other = new_database().await;
        import(&other, &done.out).await.expect_summary("9 added, 0 already there, 0 refused");
        let hashes = ask(&other, "SELECT password_hash AS answer FROM users WHERE password_hash IS NOT NULL").await;
        assert_eq!(hashes.len(), HASHES.len() - left_behind);
    }
    let done = run(&url, &["export", "--to", "keycloak", "--format", "csv"], "").await;
    assert!(done.expect_failure()[0].contains("cannot be used with"));
}

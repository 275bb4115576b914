//! Tables as spreadsheets and databases write them.

use super::*;

const ADDED: &str = "3 added, 0 already there, 0 refused";
const USERS: [&str; 3] = ["ada ada@example.com t", "böe boe@example.org f", "cleo cleo@example.net t"];

async fn users(url: &str) -> Vec<String> {
    ask(url, "SELECT concat_ws(' ', username, email, email_verified) AS answer FROM users ORDER BY email").await
}

/// Imports a file of the three users, and expects this on standard error.
async fn check(file: impl AsRef<[u8]>, said: &str) {
    let url = new_database().await;
    let done = import(&url, &file).await.expect_summary(ADDED);
    assert!(done.succeeded, "{}", done.err);
    assert_eq!(done.err.trim_end(), said);
    assert_eq!(users(&url).await, USERS);
}

const CSV: &str = "username,email,email_verified\r\n\
    ada,ada@example.com,TRUE\r\nböe,boe@example.org,FALSE\r\ncleo,cleo@example.net,TRUE\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn flags_are_read_in_capitals_and_in_other_languages() {
    check(CSV, "").await;
    check(CSV.replace("TRUE", "WAHR").replace("FALSE", "FALSCH"), "").await;
    check(CSV.replace("TRUE", "VRAI").replace("FALSE", "FAUX"), "").await;
    check(CSV.replace("TRUE", "1").replace("FALSE", "0"), "").await;
    check(CSV.replace("TRUE", "Yes").replace("FALSE", "no"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_columns_without_values_are_passed_over() {
    let file = CSV.replace("\r\n", ",,\r\n");
    check(format!(",,,,\r\n{file},,,,\r\n ; ,,,\r\n,,,,\r\n").replace(" ; ", "  "), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_separator_is_recognized_and_told() {
    check(CSV.replace(',', ";"), "read as semicolon-separated").await;
    check(CSV.replace(',', "\t"), "read as tab-separated").await;
    check(CSV.replace(',', "|"), "read as separated by |").await;
    check(format!("\u{feff}sep=,\r\n{CSV}"), "").await;
    check(format!("sep=;\r\n{}", CSV.replace(',', ";")), "read as semicolon-separated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_encoding_is_recognized_and_told() {
    let windows: Vec<u8> = CSV.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    check(&windows, "read as Windows-1252").await;
    let semicolons: Vec<u8> = windows.iter().map(|byte| if *byte == b',' { b';' } else { *byte }).collect();
    check(&semicolons, "read as semicolon-separated, Windows-1252").await;
    let text = format!("\u{feff}{}", CSV.replace(',', "\t"));
    let unicode: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&unicode, "read as tab-separated, UTF-16LE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_that_is_given_is_not_guessed() {
    let url = new_database().await;
    let file = b"username,email\nb\x9ae,boe@example.org\n";
    run(&url, &["import", "-", "--encoding", "macintosh"], file)
        .await
        .expect_summary("1 added, 0 already there, 0 refused");
    assert_eq!(usernames(&url).await, ["böe"]);
    let said = run(&url, &["import", "-", "--encoding", "ebcdic"], file).await.expect_failure();
    assert!(said[0].contains("is not the name of an encoding"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_may_end_as_on_an_old_mac_and_within_quotes() {
    check(CSV.replace("\r\n", "\r"), "").await;
    check(CSV.replace("boe@example.org", "\"boe@example.org\r\n\""), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_columns_may_have_capitals_and_spaces() {
    check(CSV.replace("username,email,email_verified", "User Name , E-Mail,\u{a0}emailVerified"), "").await;
    let file = CSV.replace("ada,", " ada\t,").replace("boe@", "\u{a0} boe@");
    check(file, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_and_nulls_of_databases_are_read() {
    let url = new_database().await;
    let file = "username,email,email_verified,created_at,last_login_at\n\
        psql,a@example.com,t,2026-03-04 09:10:07.120+00,\n\
        mysql,b@example.com,1,2026-03-04 09:10:07,\\N\n\
        seconds,c@example.com,f,1772615407,NULL\n\
        millis,d@example.com,,1772615407120,0000-00-00 00:00:00\n";
    import(&url, file).await.expect_summary("4 added, 0 already there, 0 refused").expect_success();
    let times = "SELECT concat_ws(' ', username, to_char(created_at AT TIME ZONE 'UTC', 'DD HH24:MI:SS.MS'), last_login_at) AS answer \
        FROM users ORDER BY email";
    let expected =
        ["psql 04 09:10:07.120", "mysql 04 09:10:07.000", "seconds 04 09:10:07.000", "millis 04 09:10:07.120"];
    assert_eq!(ask(&url, times).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_little_ahead_is_borne() {
    let url = new_database().await;
    let ahead = chrono::Utc::now() + chrono::TimeDelta::minutes(3);
    let file = format!("username,email,created_at\nada,ada@example.com,{}\n", ahead.to_rfc3339());
    run(&url, &["import", "-", "--all-or-nothing"], file).await.expect_summary("1 added, 0 already there, 0 refused");
    assert_eq!(ask(&url, "SELECT (created_at <= now())::text AS answer FROM users").await, ["true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_text_is_named() {
    let url = new_database().await;
    for (file, what) in [
        (&b"PK\x03\x04\x14\0"[..], "is a workbook (.xlsx, .ods) or another ZIP archive; save it as CSV UTF-8 first"),
        (b"\x1f\x8b\x08\0", "is compressed; unpack it first (gunzip)"),
    ] {
        let said = import(&url, file).await.expect_failure();
        assert_eq!(said, [format!("usher: the file {what}")]);
    }
}

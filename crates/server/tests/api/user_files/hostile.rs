//! Files that are not what they should be.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_line_is_reported_by_its_number_and_without_the_hash() {
    let url = new_database().await;
    let file = "\u{feff}username,email,email_verified,role,status,created_at,id,password_hash\r\n\
        good,good@example.com,,,,,,\r\n\
        \r\n\
        =1+1,@example.com,maybe,Owner,asleep,yesterday,1,hunter2hunter2\r\n\
        ,,,,,,,\r\n\
        \"open,x@example.com,,,,,,\r\n\
        few,few@example.com\r\n\
        late,late@example.com,,,,2999-01-01T00:00:00Z,,\r\n\
        old,old@example.com,,,,1969-12-31T23:59:59Z,,\r\n\
        nil,nil@example.com,,,,2020-01-01T00:00:00Z,00000000-0000-0000-0000-000000000000,\r\n\
        short,short@example.com,,,,,f47ac10b-58cc-4372-a567,\r\n\
        \"nul\0\",nul@example.com,,,,,,\r\n\
        costly,costly@example.com,,,,,,$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\r\n\
        last,last@example.com,,,,,,";
    let done = import(&url, file).await.expect_summary("2 added, 0 already there, 9 refused");
    assert_eq!(usernames(&url).await, ["good", "last"]);
    assert!(!done.err.contains("hunter2"));
    let said = done.expect_failure();
    assert_eq!(
        said,
        [
            "line 4: username must begin with a letter or a digit; email must begin with a letter or a digit (a to z, 0 to 9); \
             email_verified must be true or false; role must begin with a lowercase letter (a to z); status must be one of: active, \
             suspended; id must be a UUID other than the nil UUID, or be omitted; an id of another form is an external_id; \
             created_at must be a time such as \
             2026-01-02T03:04:05.678Z; password_hash is in none of the accepted formats of password hashes (leave it out, and the \
             user resets the password)",
            "line 6: has a quote that is not closed",
            "line 7: has 2 values for 8 columns",
            "line 8: created_at must be a time between 1970 and now",
            "line 9: created_at must be a time between 1970 and now",
            "line 10: id must be a UUID other than the nil UUID, or be omitted; an id of another form is an external_id",
            "line 11: id must be a UUID other than the nil UUID, or be omitted; an id of another form is an external_id",
            "line 12: username must not contain control or invisible characters",
            "line 13: password_hash has a bcrypt cost above 16, the accepted maximum (leave it out, and the user resets the \
             password)",
            "usher: 9 lines were refused",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_line_of_json_is_reported_by_its_number_and_without_the_hash() {
    let url = new_database().await;
    let file = [
        r#"{"username": "good", "email": "good@example.com", "email_verified": true}"#,
        r#"{"username": "ada", "email": "ada@example.com", "email_verified": "maybe"}"#,
        r#"{"username": "ada", "username": "bob", "email": "ada@example.com"}"#,
        r#"{"username": "ada", "email": "ada@example.com", "is_\u001b[2Jadmin": true}"#,
        r#"{"username": ["ada"], "email": 1, "role": {}}"#,
        r#"{"username": "ada", "email": "ada@example.com""#,
        r#""hunter2hunter2""#,
        r#"["ada", "ada@example.com"]"#,
        "\u{1b}",
        r#"{"username": "ada", "email": "ada@example.com"} {}"#,
        &"[".repeat(10_000),
        r#"{"username": "", "email": "ada@example.com"}"#,
        r#"{"username": "last", "email": "last@example.com"}"#,
    ];
    let done = import(&url, file.join("\n")).await.expect_summary("2 added, 0 already there, 11 refused");
    assert_eq!(usernames(&url).await, ["good", "last"]);
    assert!(!done.err.contains("hunter2") && !done.err.contains('\u{1b}'));
    let said = done.expect_failure();
    assert_eq!(
        said,
        [
            "line 2: email_verified must be true or false",
            "line 3: key username is duplicated",
            r#"line 4: unknown key "is_\u{1b}[2Jadmin""#,
            "line 5: username must be a string; email must be a string; role must be a string",
            "line 6: is not JSON at column 46",
            "line 7: is not a JSON object",
            "line 8: is not a JSON object",
            "line 9: is not JSON at column 1",
            "line 10: is not JSON at column 49",
            "line 11: is not a JSON object",
            "line 12: username must have at least 3 characters",
            "usher: 11 lines were refused",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_unknown_columns_is_refused_as_a_whole() {
    let url = new_database().await;
    let many = format!("username,email{}\n", ",x".repeat(1_000_000));
    for (file, fault) in [
        ("", "the file is empty: its first line must name the columns"),
        (
            "username,email,password\n",
            "line 1: unknown column \"password\"; the columns are id, external_id, username, email, ",
        ),
        ("username;phone\n", "line 1: unknown column \"phone\"; the columns are "),
        ("username,email,username\n", "line 1: column username is duplicated"),
        ("\nusername,role\n", "line 2: column email is missing"),
        ("username,\"email\n", "line 1: has a quote that is not closed"),
        ("username,email\rx\nada,ada@example.com\r", "line 1: has a carriage return in the middle"),
        (&many, "line 1: is longer than 65,536 bytes"),
    ] {
        let said = import(&url, file).await.expect_failure();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with(&format!("usher: {fault}")), "{said:?}");
    }
    let said = run(&url, &["import", "-", "--encoding", "utf-8"], b"username,email\xff\n").await.expect_failure();
    assert_eq!(said, ["usher: line 1: is not UTF-8"]);
    assert_eq!(count(&url, "users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_never_ends_is_passed_over_in_constant_memory() {
    let url = new_database().await;
    let mut child = command(&url, &["import", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"username,email\nada,\"").await.unwrap();
    for _ in 0..256 {
        stdin.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 128 * 1024, "{peak} KiB");
    stdin.write_all(b"\nbob,bob@example.com").await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(err, "line 2: is longer than 65,536 bytes\nusher: a line was refused\n");
    assert_eq!(usernames(&url).await, ["bob"]);
}

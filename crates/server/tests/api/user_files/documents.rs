//! Documents of JSON.

use super::*;

const ADDED: &str = "2 added, 0 already there, 0 refused";

#[tokio::test(flavor = "multi_thread")]
async fn users_are_found_in_lines_arrays_members_and_pretty_objects() {
    let users = json!([
        { "username": "ada", "email": "ada@example.com" },
        { "username": "bob", "email": "bob@example.com" },
    ]);
    let pretty = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap();
    for (file, said) in [
        (format!("{}\n{}\n", users[0], users[1]), ""),
        (format!("{}\n{}\n", pretty(&users[0]), pretty(&users[1])), "read as one JSON document"),
        (users.to_string(), "read as one JSON document"),
        (pretty(&users), "read as one JSON document"),
        (pretty(&json!({ "total": 2, "users": users })), "read as one JSON document"),
    ] {
        let url = new_database().await;
        let done = import(&url, &file).await.expect_summary(ADDED);
        assert_eq!((done.succeeded, done.err.trim_end()), (true, said), "{file}");
        assert_eq!(usernames(&url).await, ["ada", "bob"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cause_that_concerns_the_whole_file_is_one_sentence() {
    let url = new_database().await;
    let strangers = json!([{ "mail": "a@example.com", "name": "Ada" }, { "mail": "b@example.com", "uid": 7 }]);
    let no_usernames = "email,email_verified\nhedda@example.com,true\nivo@example.org,false\n";
    for (file, said) in [
        (
            serde_json::to_string_pretty(&strangers).unwrap(),
            "unknown keys \"mail\", \"name\", \"uid\"; the keys are id, ",
        ),
        (
            "instance_id,aud,email,phone\n".to_owned(),
            "line 1: unknown columns \"instance_id\", \"aud\", \"phone\"; the columns are id, ",
        ),
        ("{\n\"people\": [\n1\n]\n}\n".to_owned(), "unknown key \"people\"; the keys are id, "),
        (
            no_usernames.to_owned(),
            "the users have no usernames; make them from the e-mail addresses with --username email-local-part",
        ),
    ] {
        let lines = import(&url, &file).await.expect_failure();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].starts_with(&format!("usher: {said}")), "{lines:?}");
    }
    let cut = "[{\"username\": \"ada\", \"email\": \"ada@example.com\"}, {\"username\": ";
    let lines = run(&url, &["import", "-", "--all-or-nothing"], cut).await.expect_failure();
    let said = "usher: the document ends too early, at line 1, column 63; the file may be cut off";
    assert_eq!(lines, ["read as one JSON document", said]);
    assert_eq!(count(&url, "users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_and_keys_are_given_fields_or_ignored() {
    let url = new_database().await;
    let table = "Login,Mail,Shoe size,Group\nada,ada@example.com,39,staff\n";
    let options =
        ["--column", "login=username", "--column", "Mail=email", "--column", "shoe size=", "--column", "Group=role"];
    let arguments = [&["import", "-", "--role", "staff=admin"], &options[..]].concat();
    run(&url, &arguments, table).await.expect_summary("1 added, 0 already there, 0 refused").expect_success();
    let document = json!([{ "profile": { "login": "bob", "mail": "bob@example.com" }, "id": 7, "x": [1] }]).to_string();
    let options = ["--column", "profile.login=username", "--field", "profile.mail=email", "--column", "id=external_id"];
    let arguments = [&["import", "-", "--ignore-unknown"], &options[..]].concat();
    let done = run(&url, &arguments, document).await.expect_summary("1 added, 0 already there, 0 refused");
    assert_eq!(done.err, "read as one JSON document\nignored, because they are not known: \"profile\", \"x\"\n");
    let rows = "SELECT concat_ws(' ', username, email, role, external_id) AS answer FROM users ORDER BY username";
    assert_eq!(ask(&url, rows).await, ["ada ada@example.com admin", "bob bob@example.com user 7"]);
    let said = run(&url, &["import", "-", "--column", "a=b"], table).await.expect_failure();
    assert!(said[0].starts_with("usher: --column: there is no field \"b\"; the fields are id, "), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_document_is_read_in_constant_memory() {
    let url = new_database().await;
    let mut child = command(&url, &["import", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"clients\": [").await.unwrap();
    let client = format!("{},", json!({ "name": "x".repeat(1000), "list": [[], {}] })).repeat(1000);
    for _ in 0..32 {
        stdin.write_all(client.as_bytes()).await.unwrap();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 128 * 1024, "{peak} KiB");
    stdin.write_all(b"1], \"users\": [{\"username\": \"ada\", \"email\": \"ada@example.com\"}]}").await.unwrap();
    drop(stdin);
    assert!(child.wait_with_output().await.unwrap().status.success());
    assert_eq!(usernames(&url).await, ["ada"]);
}

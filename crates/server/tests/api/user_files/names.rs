//! Users who have no username, or one that cannot be used.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn usernames_are_made_of_addresses_and_are_unique() {
    let file = "email\nhedda@example.com\nhedda@example.org\nivo+news@example.net\njo@example.net\n";
    for (rule, expected) in [
        ("email-local-part", ["hedda", "hedda-2", "ivo-news", "jo-user"]),
        ("email", ["hedda-example.com", "hedda-example.org", "ivo-news-example.net", "jo-example.net"]),
    ] {
        for more in [&["--dry-run"][..], &["--all-or-nothing"], &[]] {
            let url = new_database().await;
            let arguments = [&["import", "-", "--username", rule], more].concat();
            let done = run(&url, &arguments, file).await;
            let count = "4 added, 0 already there, 0 refused";
            let summary = if more == ["--dry-run"] {
                format!("dry run; the import would give: {count}")
            } else {
                count.to_owned()
            };
            done.expect_summary(&summary).expect_success();
            if more != ["--dry-run"] {
                assert_eq!(usernames(&url).await, expected);
                let done = run(&url, &arguments, file).await;
                done.expect_summary("0 added, 4 already there, 0 refused").expect_success();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usernames_that_cannot_be_used_are_listed_or_replaced() {
    let file = "username,email\n\
        maren.holt,maren.holt@example.com\n\
        tobias@example.org,tobias@example.org\n\
        Svea,svea@example.net\n\
        svea,svea.other@example.net\n\
        jo,jo@example.com\n\
        a.very.long.name.from.an.old.intranet,long@example.com\n";
    let url = new_database().await;
    let said = import(&url, file).await.expect_summary("2 added, 0 already there, 4 refused").expect_failure();
    let reasons =
        ["line 3: username may have", "line 5: username is taken", "line 6: username must", "line 7: username must"];
    for (line, reason) in said.iter().zip(reasons) {
        assert!(line.starts_with(reason), "{said:?}");
    }
    let url = new_database().await;
    let arguments = ["import", "-", "--fix-usernames"];
    run(&url, &arguments, file).await.expect_summary("6 added, 0 already there, 0 refused").expect_success();
    let names = ["Svea", "a.very.long.name.from.an.old.int", "jo-user", "maren.holt", "svea-2", "tobias"];
    let mut made = usernames(&url).await;
    made.sort();
    assert_eq!(made, names);
    run(&url, &arguments, file).await.expect_summary("0 added, 6 already there, 0 refused").expect_success();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_people_of_one_name_get_different_usernames() {
    let url = new_database().await;
    let file: String = (0..30).fold("email\n".to_owned(), |file, number| format!("{file}info@example{number}.com\n"));
    let arguments = ["import", "-", "--username", "email-local-part"];
    run(&url, &arguments, &file).await.expect_summary("30 added, 0 already there, 0 refused").expect_success();
    run(&url, &arguments, &file).await.expect_summary("0 added, 30 already there, 0 refused").expect_success();
}

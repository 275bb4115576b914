//! Times as they are sent: always with three fractional digits.

use serde_json::{Value, json};
use usher_testkit::{PASSWORD, TestApp};

/// All texts in it that begin as a time does.
fn times(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => {
            let is_time = text.len() > 11 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T';
            if is_time && text.starts_with("20") { vec![text] } else { Vec::new() }
        }
        Value::Array(items) => items.iter().flat_map(times).collect(),
        Value::Object(members) => members.values().flat_map(times).collect(),
        _ => Vec::new(),
    }
}

fn all_have_three_digits(value: &Value, at_least: usize) {
    let times = times(value);
    assert!(times.len() >= at_least, "{times:?}");
    for time in times {
        let (_, fraction) = time.split_once('.').unwrap_or((time, ""));
        let digits = fraction.strip_suffix('Z').unwrap_or_default();
        assert!(digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{time}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_time_has_three_fractional_digits_whatever_is_stored() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let body = json!({ "email": "lovelace@example.com", "current_password": PASSWORD });
    ada.patch(&ada.path(), &body).await.expect_status(200);
    for fraction in ["", ".5", ".123456", ".999999"] {
        let at = format!("'2026-03-04T09:15:00{fraction}Z'");
        let mut sql = app.sql().await;
        sql.execute(&format!("UPDATE users SET created_at = {at}, updated_at = {at}, last_login_at = {at}")).await;
        sql.execute(&format!("UPDATE sessions SET created_at = {at}, last_used_at = {at}")).await;
        sql.execute(&format!("UPDATE outbox SET created_at = {at}, due_at = {at}")).await;
        sql.execute(&format!("UPDATE mailed_tokens SET expires_at = expires_at + interval '0{fraction}s'")).await;
        all_have_three_digits(&ada.get("/v1/me").await.json, 3);
        all_have_three_digits(&admin.get("/v1/users").await.json, 6);
        all_have_three_digits(&admin.get("/v1/audit-events").await.json, 3);
        all_have_three_digits(&ada.get(&format!("{}/sessions", ada.path())).await.json, 2);
        all_have_three_digits(&ada.get(&format!("{}/export", ada.path())).await.expect_status(200).json, 8);
        let shown = &ada.get("/v1/me").await.json["updated_at"];
        let digits = format!("{:0<3.3}", fraction.trim_start_matches('.'));
        assert_eq!(*shown, json!(format!("2026-03-04T09:15:00.{digits}Z")), "cut, not rounded");
    }
    let changed = ada.patch(&ada.path(), &json!({ "username": "ada2" })).await.expect_status(200);
    all_have_three_digits(&changed.json, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_from_a_response_separates_the_events_around_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.user("ada").await;
    app.user("bob").await;
    let all = admin.get("/v1/audit-events?sort=at").await.json["_embedded"]["audit_events"].clone();
    let all = all.as_array().unwrap();
    let ats: Vec<&str> = all.iter().map(|event| event["at"].as_str().unwrap()).collect();
    for at in &ats {
        let found = async |query: String| {
            let page = admin.get(&format!("/v1/audit-events?sort=at&{query}")).await.expect_status(200);
            let own = admin.get(&page.href("self").unwrap()).await;
            assert_eq!(own.json["total"], page.json["total"], "the page's link to itself is of the same list");
            page.json["total"].as_u64().unwrap()
        };
        let before = u64::try_from(ats.iter().filter(|other| *other < at).count()).unwrap();
        let later = u64::try_from(ats.len()).unwrap() - before;
        assert_eq!(found(format!("since={at}")).await, later, "{at}");
        assert_eq!(found(format!("until={at}")).await, before, "{at}");
        // What lies between two milliseconds means the same as the later one, in the links too.
        let after = at.replace('Z', "001Z");
        let same = u64::try_from(ats.iter().filter(|other| *other == at).count()).unwrap();
        assert_eq!(found(format!("since={after}")).await, later - same, "{after}");
        assert_eq!(found(format!("until={after}")).await, before + same, "{after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_sorted_by_times_that_look_equal_is_read_completely() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for n in 0..5 {
        let body = json!({ "username": format!("user{n}"), "email": format!("user{n}@example.com") });
        admin.post("/v1/users", &body).await.expect_status(201);
    }
    let spread = "UPDATE users SET updated_at = '2026-03-04T09:15:00.123Z'::timestamptz \
        + (length(username) + ascii(right(username, 1))) * interval '1 microsecond'";
    app.sql().await.execute(spread).await;
    let mut next = Some("/v1/users?sort=-updated_at&limit=1".to_owned());
    let mut seen = Vec::new();
    while let Some(path) = next {
        let page = admin.get(&path).await.expect_status(200);
        seen.push(page.json["_embedded"]["users"][0]["username"].as_str().unwrap().to_owned());
        next = page.href("next");
    }
    assert_eq!(seen, ["root", "user4", "user3", "user2", "user1", "user0"]);
}

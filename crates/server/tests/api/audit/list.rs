//! The list of audit events: admins see all, users see those about themselves.

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::HashSet;
use usher_testkit::{ADMIN, Answer, Client, Options, PASSWORD, Person, TestApp};

fn events(page: &Answer) -> &Vec<Value> {
    page.json["_embedded"]["audit_events"].as_array().unwrap()
}

fn actions(page: &Answer) -> Vec<&str> {
    events(page).iter().map(|event| event["action"].as_str().unwrap()).collect()
}

async fn list(client: &Client, path: &str) -> Answer {
    client.get(path).await.expect_status(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_read_who_did_what_to_whom_newest_first() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let answer = admin.patch(&ada.path(), &json!({ "role": "admin", "username": "ada2" })).await.expect_status(200);
    let href = admin.get("/v1").await.href("audit").unwrap();
    assert_eq!(href, "/v1/audit-events");
    let page = list(&admin, &href).await;
    assert_eq!(actions(&page)[..4], ["user_updated", "signed_in", "user_registered", "signed_in"]);
    let event = &events(&page)[0];
    assert_eq!(event["actor"], json!({ "id": admin.id, "username": ADMIN }));
    assert_eq!(event["target"], json!({ "id": ada.id }));
    assert_eq!((&event["outcome"], &event["address"]), (&json!("success"), &json!("127.0.0.1")));
    assert_eq!(event["request_id"], answer.header("x-request-id"));
    let changes = event["changes"].as_array().unwrap();
    assert!(changes.contains(&json!({ "field": "role", "from": "user", "to": "admin" })));
    assert!(changes.contains(&json!({ "field": "username", "from": null, "to": null })), "no personal data");
    assert_eq!(events(&page)[2]["actor"], json!(null), "no user was signed in");
    assert_eq!(event["_links"], json!({}));
    assert_eq!((&page.json["total"], &page.json["total_is_exact"]), (&json!(events(&page).len()), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_read_events_about_them_without_the_addresses_of_admins() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    app.nobody().password_grant("ada", "a wrong password").await.expect_problem(400, "invalid_grant");
    admin.patch(&ada.path(), &json!({ "username": "ada2" })).await.expect_status(200);
    let path = ada.get("/v1/me").await.href("audit").unwrap();
    assert_eq!(path, format!("{}/audit-events", ada.path()));
    let page = list(&ada, &path).await;
    assert_eq!(actions(&page), ["user_updated", "sign_in_refused", "signed_in", "user_registered"]);
    let addresses: Vec<&Value> = events(&page).iter().map(|event| &event["address"]).collect();
    assert_eq!(addresses, [&json!(null), &json!("127.0.0.1"), &json!("127.0.0.1"), &json!("127.0.0.1")]);
    assert_eq!(events(&page)[1]["outcome"], "refused");
    let seen_by_admin = list(&admin, &path).await;
    assert!(events(&seen_by_admin).iter().all(|event| event["address"] == "127.0.0.1"));
    bob.get(&path).await.expect_problem(403, "not_allowed");
    bob.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
    app.nobody().get("/v1/audit-events").await.expect_problem(401, "authentication_required");
    assert_eq!(bob.get("/v1").await.href("audit"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_the_address_of_another_user_who_acted_on_them() {
    let app = TestApp::start().await;
    let support = app.user_with("support", "support", &["users.read", "users.update"]).await;
    app.role("auditor", &["audit.read"]).await;
    let (auditor, admin) = (app.user("auditor").await, app.admin().await);
    let other = app.another_admin("other").await;
    let ada = app.user("ada").await;
    support.patch(&ada.path(), &json!({ "username": "ada2" })).await.expect_status(200);
    other.patch(&admin.path(), &json!({ "username": "root2" })).await.expect_status(200);
    other.patch(&auditor.path(), &json!({ "role": "auditor" })).await.expect_status(200);
    let address = async |reader: &Person, target: &Person| {
        let page = list(reader, &format!("{}/audit-events?action=user_updated", target.path())).await;
        events(&page)[0]["address"].clone()
    };
    let (hidden, shown) = (json!(null), json!("127.0.0.1"));
    for target in [&ada, &auditor, &admin] {
        assert_eq!(address(target, target).await, hidden);
    }
    for (reader, target) in [(&auditor, &ada), (&auditor, &admin), (&admin, &ada), (&admin, &auditor), (&other, &admin)]
    {
        assert_eq!(address(reader, target).await, shown);
    }
    // Users see from where they acted themselves.
    auditor.patch(&auditor.path(), &json!({ "username": "auditor2" })).await.expect_status(200);
    assert_eq!(address(&auditor, &auditor).await, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_kept_after_their_user_is_deleted() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    admin.delete(&ada.path()).await.expect_status(204);
    let page = list(&admin, &format!("/v1/audit-events?target={}", ada.id)).await;
    assert_eq!(actions(&page), ["user_deleted", "signed_in", "user_registered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_events_is_filtered_by_every_parameter() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    app.nobody().password_grant("ada", "a wrong password").await.expect_problem(400, "invalid_grant");
    app.clock.advance(TimeDelta::minutes(1));
    let noon = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    app.clock.advance(TimeDelta::minutes(1));
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    let of_ada = format!("target={}", ada.id);
    let cases: [(&str, &[&str]); 8] = [
        ("action=user_suspended", &["user_suspended"]),
        ("outcome=refused", &["sign_in_refused"]),
        (&of_ada, &["user_suspended", "sign_in_refused", "signed_in", "user_registered"]),
        (&format!("actor={}", ada.id), &["signed_in"]),
        (&format!("since={noon}"), &["user_suspended"]),
        (&format!("until={noon}&{of_ada}"), &["sign_in_refused", "signed_in", "user_registered"]),
        (&format!("sort=at&{of_ada}"), &["user_registered", "signed_in", "sign_in_refused", "user_suspended"]),
        (&format!("{of_ada}&outcome=success&actor={}", admin.id), &["user_suspended"]),
    ];
    for (query, expected) in cases {
        let page = list(&admin, &format!("/v1/audit-events?{query}")).await;
        assert_eq!(actions(&page), expected, "{query}");
        assert_eq!(page.json["total"], expected.len(), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_filter_is_named() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let query =
        "action=nonsense&actor=1&target=x&outcome=maybe&since=noon&until=later&sort=action&limit=0&offset=-1&q=a";
    let refused = admin.get(&format!("/v1/audit-events?{query}")).await.expect_problem(400, "invalid_input");
    let names = ["action", "actor", "limit", "offset", "outcome", "q", "since", "sort", "target", "until"];
    let pointers: Vec<String> = refused
        .faults()
        .iter()
        .map(|fault| fault.split_once(' ').unwrap().0.trim_start_matches('/').to_owned())
        .collect();
    assert_eq!(pointers, names);
    let own = format!("/v1/users/{}/audit-events?target={}", admin.id, admin.id);
    admin.get(&own).await.expect_problem(400, "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_walked_both_ways_without_gaps_while_it_grows() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    for _ in 0..6 {
        app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
        app.clock.advance(TimeDelta::seconds(1));
    }
    for sort in ["at", "-at"] {
        let query = format!("/v1/audit-events?limit=3&sort={sort}&action=signed_in&target={}", ada.id);
        let (mut page, mut seen) = (list(&admin, &query).await, Vec::new());
        let total = usize::try_from(page.json["total"].as_i64().unwrap()).unwrap();
        loop {
            seen.extend(events(&page).iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            assert!(page.href("self").unwrap().contains(&format!("sort={sort}")));
            app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
            let Some(next) = page.href("next").filter(|_| seen.len() < total) else { break };
            page = list(&admin, &next).await;
        }
        assert!(seen.len() >= total);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "shown twice");
        assert!(seen.is_sorted_by(|a, b| if sort == "at" { a < b } else { a > b }));
        let before = list(&admin, &page.href("prev").unwrap()).await;
        assert_eq!(events(&before).last().unwrap()["id"], seen[seen.len() - events(&page).len() - 1]);
    }
    let first = list(&admin, "/v1/audit-events?limit=1").await;
    let next = first.href("next").unwrap();
    admin.get(&format!("{next}&action=signed_in")).await.expect_problem(400, "invalid_input");
    admin.get(&format!("{next}&sort=at")).await.expect_problem(400, "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_trail_is_counted_up_to_a_limit() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let many = "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, changes)
        SELECT gen_random_uuid(), now(), 'signed_in', 'success', false, '[]' FROM generate_series(1, 10001)";
    app.sql().await.execute(many).await;
    let page = list(&admin, "/v1/audit-events").await;
    assert_eq!((&page.json["total"], &page.json["total_is_exact"]), (&json!(10_000), &json!(false)));
    assert_eq!(page.href("last"), None);
    let deep = list(&admin, "/v1/audit-events?offset=10000").await;
    assert_eq!(deep.json["offset"], 10_000);
    assert!(deep.href("prev").is_some());
    let deeper = admin.get("/v1/audit-events?offset=10001").await.expect_problem(400, "invalid_input");
    assert_eq!(deeper.faults(), ["/offset out_of_range"]);
    let past = list(&admin, "/v1/audit-events?action=user_registered&limit=3&offset=10001").await;
    assert!(events(&past).is_empty(), "what is counted to its end has an end to be past of");
    assert_eq!((&past.json["offset"], past.href("next")), (&json!(10_001), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_deleted_when_their_retention_ends_and_not_before() {
    let app = TestApp::with(Options { audit_retention: Some(TimeDelta::days(1)), ..Options::default() }).await;
    app.user("ada").await;
    let kept = async |app: &TestApp| app.sql().await.rows("SELECT FROM audit_events").await.len();
    let before = kept(&app).await;
    app.clock.advance(TimeDelta::hours(23));
    app.nobody().sign_in("ada", PASSWORD).await;
    app.cleanup().await;
    assert_eq!(kept(&app).await, before + 1);
    app.clock.advance(TimeDelta::hours(2));
    app.cleanup().await;
    assert_eq!(kept(&app).await, 1);
    let for_ever = TestApp::start().await;
    for_ever.clock.advance(TimeDelta::days(3650));
    for_ever.cleanup().await;
    assert!(kept(&for_ever).await > 0);
}

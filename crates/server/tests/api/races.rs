//! Concurrent requests.

use serde_json::{Value, json};
use std::future::Future;
use usher_testkit::{Answer, Client, PASSWORD, Person, TestApp};

/// All at once; how many answers there are of each status and code, in order.
async fn all_at_once(
    requests: impl Iterator<Item = impl Future<Output = Answer> + Send + 'static>,
) -> Vec<(u16, String, usize)> {
    let tasks: Vec<_> = requests.map(tokio::spawn).collect();
    let mut outcomes = std::collections::BTreeMap::new();
    for task in tasks {
        let answer = task.await.unwrap();
        *outcomes.entry((answer.status, answer.code().to_owned())).or_insert(0) += 1;
    }
    outcomes.into_iter().map(|((status, code), n)| (status, code, n)).collect()
}

fn of(outcomes: &[(u16, &str, usize)]) -> Vec<(u16, String, usize)> {
    outcomes.iter().map(|(status, code, n)| (*status, (*code).to_owned(), *n)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_register_one_name_exactly_one_gets_it() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let names = ["Ada", "ada", "ADA", "ａｄａ"];
    let outcomes = all_at_once((0..100).map(|n| {
        let nobody = if n % 2 == 0 { app.nobody() } else { other.nobody() };
        let email = format!("ada{n}@example.com");
        let body = json!({ "username": names[n / 2 % names.len()], "email": email, "password": PASSWORD });
        async move { nobody.post("/v1/register", &body).await }
    }))
    .await;
    assert_eq!(outcomes, of(&[(201, "", 1), (409, "username_taken", 99)]));
    assert_eq!(app.admin().await.get("/v1/users").await.json["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_who_register_one_address_exactly_one_gets_it() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let outcomes = all_at_once((0..100).map(|n| {
        let nobody = if n % 2 == 0 { app.nobody() } else { other.nobody() };
        let email = if n % 3 == 0 { "ADA@example.com" } else { "ada@Example.com" };
        let body = json!({ "username": format!("ada{n}"), "email": email, "password": PASSWORD });
        async move { nobody.post("/v1/register", &body).await }
    }))
    .await;
    assert_eq!(outcomes, of(&[(201, "", 1), (409, "email_taken", 99)]));
    assert_eq!(app.admin().await.get("/v1/users").await.json["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_are_renamed_to_one_name_exactly_one_gets_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut paths = Vec::new();
    for n in 0..20 {
        let body = json!({ "username": format!("user{n}"), "email": format!("user{n}@example.com") });
        paths.push(admin.post("/v1/users", &body).await.expect_status(201).href("self").unwrap());
    }
    let outcomes = all_at_once(paths.into_iter().map(|path| {
        let admin = admin.clone();
        async move { admin.patch(&path, &json!({ "username": "wanted" })).await }
    }))
    .await;
    assert_eq!(outcomes, of(&[(200, "", 1), (409, "username_taken", 19)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_updates_of_one_version_exactly_one_wins() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let ada = app.user("ada").await;
    let elsewhere = other.nobody().with_token(ada.access_token().unwrap());
    for round in 1..=3 {
        let outcomes = all_at_once((0..20).map(|n| {
            let client = if n % 2 == 0 { (*ada).clone() } else { elsewhere.clone() };
            let (path, body) = (ada.path(), json!({ "username": format!("ada{round}x{n}") }));
            let request = client.request("PATCH", &path).header("if-match", format!("\"{round}\"")).json(&body);
            Answer::to(request)
        }))
        .await;
        assert_eq!(outcomes, of(&[(200, "", 1), (412, "precondition_failed", 19)]), "round {round}");
    }
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"4\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_without_a_condition_all_take_effect_one_after_the_other() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let outcomes = all_at_once((0..20).map(|n| {
        let ada = ada.clone();
        async move { ada.patch(&ada.path(), &json!({ "username": format!("ada{n}") })).await }
    }))
    .await;
    assert_eq!(outcomes, of(&[(200, "", 20)]));
    assert_eq!(ada.get("/v1/me").await.header("etag"), "\"21\"");
    let trail = app.sql().await.rows("SELECT FROM audit_events WHERE action = 'user_updated'").await;
    assert_eq!(trail.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_deleted_and_suspended_once() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let many = |method: &'static str, path: String| {
        let admin = admin.clone();
        (0..12).map(move |_| Answer::to(admin.request(method, &path)))
    };
    let outcomes = all_at_once(many("POST", format!("{}/suspend", ada.path()))).await;
    assert_eq!(outcomes, of(&[(200, "", 1), (409, "already_suspended", 11)]));
    let outcomes = all_at_once(many("DELETE", ada.path())).await;
    assert_eq!(outcomes, of(&[(204, "", 1), (404, "not_found", 11)]));
    let trail = app
        .sql()
        .await
        .rows("SELECT action FROM audit_events WHERE action IN ('user_suspended', 'user_deleted')")
        .await;
    assert_eq!(trail.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_demote_each_other_leave_one() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (one, two) = (app.admin().await, app.another_admin("second").await);
    let two_there = other.nobody().with_token(two.access_token().unwrap());
    let user = json!({ "role": "user" });
    for round in 0..25 {
        let (first, second) = {
            let (of_one, of_two) = (one.path(), two.path());
            tokio::join!(one.patch(&of_two, &user), two_there.patch(&of_one, &user))
        };
        let mut outcomes = [(first.status, first.code().to_owned()), (second.status, second.code().to_owned())];
        outcomes.sort();
        assert_eq!(outcomes[0].0, 200, "round {round}: {outcomes:?}");
        let lost = (outcomes[1].0, outcomes[1].1.as_str());
        assert!([(403, "not_allowed"), (409, "last_admin")].contains(&lost), "round {round}: {outcomes:?}");
        let (winner, loser) = if first.status == 200 { (&one, &two) } else { (&two, &one) };
        loser.get("/v1/users").await.expect_problem(403, "not_allowed");
        winner.patch(&loser.path(), &json!({ "role": "admin" })).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_step_down_leave_one() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (one, two) = (app.admin().await, app.another_admin("second").await);
    let two_there = other.nobody().with_token(two.access_token().unwrap());
    let user = json!({ "role": "user" });
    for round in 0..25 {
        let (of_one, of_two) = (one.path(), two.path());
        let (first, second) = tokio::join!(one.patch(&of_one, &user), two_there.patch(&of_two, &user));
        let (stepped, stayed, winner, loser) =
            if first.status == 200 { (first, second, &two, &one) } else { (second, first, &one, &two) };
        assert_eq!(stepped.status, 200, "round {round}: {}", stepped.text);
        assert_eq!((stayed.status, stayed.code()), (409, "last_admin"), "round {round}: {}", stayed.text);
        winner.patch(&loser.path(), &json!({ "role": "admin" })).await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_who_delete_and_suspend_each_other_leave_one() {
    let app = TestApp::start().await;
    let mut one = app.admin().await;
    for round in 0..8 {
        let two = app.another_admin_by(&one, &format!("second{round}")).await;
        let (suspend, delete) = (format!("{}/suspend", two.path()), one.path());
        let (first, second) = tokio::join!(one.act(&suspend), two.delete(&delete));
        let won = [first.status, second.status].into_iter().filter(|status| *status < 300).count();
        assert_eq!(won, 1, "round {round}: {} {}", first.text, second.text);
        if second.status == 204 {
            one = two;
        }
        let admins = one.get("/v1/users?role=admin&status=active").await.expect_status(200);
        assert_eq!(admins.json["total"], 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_right_after_concurrent_writes() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (admin, there) = (app.admin().await, other.admin().await);
    let outcomes = all_at_once((0..40).map(|n| {
        let admin = if n % 2 == 0 { (*admin).clone() } else { (*there).clone() };
        async move {
            let role = if n % 5 == 0 { "admin" } else { "user" };
            let body = json!({ "username": format!("user{n}"), "email": format!("user{n}@example.com"), "role": role });
            let made = admin.post("/v1/users", &body).await.expect_status(201);
            let path = made.href("self").unwrap();
            match n % 4 {
                0 => admin.delete(&path).await,
                1 => admin.act(&format!("{path}/suspend")).await,
                _ => made,
            }
        }
    }))
    .await;
    assert_eq!(outcomes, of(&[(200, "", 10), (201, "", 20), (204, "", 10)]));
    for query in ["", "?role=admin", "?status=suspended", "?role=user&status=active"] {
        let page = admin.get(&format!("/v1/users{query}{}limit=100", if query.is_empty() { "?" } else { "&" })).await;
        let shown = page.json["_embedded"]["users"].as_array().map_or(0, Vec::len);
        assert_eq!(page.json["total"], Value::from(shown), "{query}");
    }
    assert_eq!(admin.get("/v1/users").await.json["total"], 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_waits_in_vain_for_a_lock_gets_a_503_and_changes_nothing() {
    let app = TestApp::start().await;
    let first = app.admin().await;
    let ada = app.user("ada").await;
    // Rows are locked in the order of their ids: that of the one admin before hers, that of the other after it.
    let last = app.another_admin("last").await;
    let mut sql = app.sql().await;
    sql.execute("BEGIN").await;
    sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
    let rename =
        |by: &Client, name: &str| Answer::to(by.request("PATCH", &ada.path()).json(&json!({ "username": name })));
    let (own, before, after) = tokio::join!(rename(&ada, "ada1"), rename(&first, "ada2"), rename(&last, "ada3"));
    for answer in [own, before, after] {
        let seconds = answer.header("retry-after").to_owned();
        answer.expect_problem(503, "unavailable");
        assert!(seconds.parse::<u64>().is_ok_and(|seconds| seconds >= 1), "Retry-After: {seconds:?}");
    }
    assert_eq!(ada.get(&ada.path()).await.expect_status(200).header("etag"), "\"1\"", "a read waits for no lock");
    sql.execute("COMMIT").await;
    assert_eq!(rename(&ada, "ada4").await.expect_status(200).header("etag"), "\"2\"");
}

/// Two users with a role of these permissions, the second at another replica.
async fn two_equals(app: &TestApp, other: &TestApp, permissions: &[&str]) -> (Person, Person) {
    app.role("support", permissions).await;
    for name in ["one", "two"] {
        app.user_with_role(name, "support").await;
    }
    (app.nobody().sign_in("one", PASSWORD).await, other.nobody().sign_in("two", PASSWORD).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_supporters_who_suspend_each_other_exactly_one_succeeds() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    let (mut one, mut two) = two_equals(&app, &other, &["users.read", "users.suspend"]).await;
    for round in 0..10 {
        let (path_one, path_two) = (format!("{}/suspend", one.path()), format!("{}/suspend", two.path()));
        let (first, second) = tokio::join!(one.act(&path_two), two.act(&path_one));
        let (winner, suspended, loser) = if first.status == 200 { (&one, &two, second) } else { (&two, &one, first) };
        loser.expect_problem(401, "invalid_token");
        winner.get("/v1/me").await.expect_status(200);
        assert_eq!(admin.get(&suspended.path()).await.json["status"], "suspended", "round {round}");
        admin.act(&format!("{}/reactivate", suspended.path())).await.expect_status(200);
        (one, two) = (app.nobody().sign_in("one", PASSWORD).await, other.nobody().sign_in("two", PASSWORD).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_supporters_who_take_each_others_role_exactly_one_succeeds() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (one, two) = two_equals(&app, &other, &["users.read", "users.assign-role"]).await;
    for round in 0..10 {
        let demote = json!({ "role": "user" });
        let (path_one, path_two) = (one.path(), two.path());
        let (first, second) = tokio::join!(one.patch(&path_two, &demote), two.patch(&path_one, &demote));
        let (demoted, loser) = if first.status == 200 { (&two, second) } else { (&one, first) };
        loser.expect_problem(403, "not_allowed");
        demoted.get("/v1/users").await.expect_problem(403, "not_allowed");
        assert_eq!(demoted.get("/v1/me").await.json["role"], "user", "round {round}");
        app.give(demoted, "support").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_supporters_who_take_over_each_others_account_exactly_one_succeeds() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let (one, two) = two_equals(&app, &other, &["users.read", "users.update"]).await;
    let (path_one, path_two) = (one.path(), two.path());
    let (of_one, of_two) = (json!({ "email": "of-one@evil.example" }), json!({ "email": "of-two@evil.example" }));
    let (first, second) = tokio::join!(one.patch(&path_two, &of_one), two.patch(&path_one, &of_two));
    let (winner, name, loser) = if first.status == 200 { (&one, "one", second) } else { (&two, "two", first) };
    loser.expect_problem(401, "invalid_token");
    assert_eq!(winner.get("/v1/me").await.expect_status(200).json["email"], format!("{name}@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_themselves_a_role_and_makes_it_larger_at_the_same_time() {
    let app = TestApp::start().await;
    let other = app.replica().await;
    let admin = app.admin().await;
    let (one, two) = two_equals(&app, &other, &["users.read", "users.assign-role", "roles.read", "roles.write"]).await;
    app.role("small", &["users.read"]).await;
    for round in 0..10 {
        let (give, grow) = (json!({ "role": "small" }), json!({ "permissions": ["users.read", "roles.read"] }));
        let beyond = json!({ "permissions": ["audit.read"] });
        let path = one.path();
        let (given, grown, refused) = tokio::join!(
            one.patch(&path, &give),
            two.patch("/v1/roles/small", &grow),
            two.patch("/v1/roles/small", &beyond)
        );
        given.expect_status(200);
        grown.expect_status(200);
        refused.expect_problem(403, "not_givable");
        let held = admin.get("/v1/roles/small").await.json["permissions"].clone();
        assert_eq!(held, json!(["roles.read", "users.read"]), "round {round}");
        one.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
        app.give(&one, "support").await;
        admin.patch("/v1/roles/small", &json!({ "permissions": ["users.read"] })).await.expect_status(200);
    }
}

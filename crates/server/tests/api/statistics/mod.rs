//! Statistics.

mod at_once;

use chrono::{NaiveDate, TimeDelta};
use serde_json::{Value, json};
use usher_testkit::{PASSWORD, Person, TestApp};

async fn statistics(admin: &Person, days: u16) -> Value {
    admin.get(&format!("/v1/statistics?days={days}")).await.expect_status(200).json
}

/// Registrations, completed and refused sign-ins, and active users of the day that was `ago` days ago.
fn counts(statistics: &Value, ago: usize) -> [i64; 4] {
    let days = statistics["days"].as_array().unwrap();
    let day = &days[days.len() - 1 - ago];
    ["registrations", "sign_ins", "failed_sign_ins", "active_users"].map(|name| day[name].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_on_its_day() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(counts(&statistics(&admin, 1).await, 0), [0, 1, 0, 1]);
    let ada = app.user("ada").await;
    app.nobody().password_grant("ada", "wrong").await.expect_status(400);
    app.nobody().sign_in("ada", PASSWORD).await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    app.nobody().form("/v1/oauth/token", &refresh).await.expect_status(200);
    assert_eq!(counts(&statistics(&admin, 1).await, 0), [1, 3, 1, 2]);
    // On the next day, a refresh alone makes a user active.
    app.clock.advance(TimeDelta::days(1));
    let replica = app.replica().await;
    replica.clock.advance(TimeDelta::days(1));
    let again = replica.nobody().form("/v1/oauth/token", &refresh).await.expect_status(200);
    replica.nobody().with_token(again.json["access_token"].as_str().unwrap()).get("/v1/me").await.expect_status(200);
    let admin = app.admin().await;
    let found = statistics(&admin, 3).await;
    assert_eq!([0, 1, 2].map(|ago| counts(&found, ago)), [[0, 1, 0, 2], [1, 3, 1, 2], [0; 4]]);
    // The numbers stay when a user is deleted.
    admin.delete(&ada.path()).await.expect_status(204);
    assert_eq!(statistics(&admin, 3).await["days"], found["days"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_a_day_keeps_its_numbers_and_deletes_the_ids() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.user("bob").await;
    app.clock.advance(TimeDelta::days(2));
    let admin = app.admin().await;
    let before = statistics(&admin, 3).await;
    assert_eq!(counts(&before, 2), [2, 2, 0, 2]);
    app.cleanup().await;
    assert_eq!(statistics(&admin, 3).await, before);
    app.cleanup().await;
    assert_eq!(statistics(&admin, 3).await, before);
    let mut sql = app.sql().await;
    let today = app.clock.now().date_naive();
    let rows = async |sql: &mut usher_testkit::Sql, table: &str| {
        let rows = sql.rows(&format!("SELECT count(*) AS n FROM {table} WHERE day < '{today}'")).await;
        rows[0]["n"].as_i64().unwrap()
    };
    assert_eq!(rows(&mut sql, "active_users").await, 0);
    assert_eq!(rows(&mut sql, "daily_counts").await, 0);
    assert_eq!(rows(&mut sql, "daily_statistics").await, 1);
    // One that commits late is added at the next closing.
    let late = "INSERT INTO daily_counts SELECT day, 3, 'sign_ins', 5 FROM daily_statistics";
    sql.execute(late).await;
    assert_eq!(counts(&statistics(&admin, 3).await, 2), [2, 7, 0, 2]);
    app.cleanup().await;
    assert_eq!(counts(&statistics(&admin, 3).await, 2), [2, 7, 0, 2]);
    // More than a year later it is forgotten.
    app.clock.advance(TimeDelta::days(400));
    app.cleanup().await;
    let rows = sql.rows("SELECT count(*) AS n FROM daily_statistics WHERE sign_ins = 7").await;
    assert_eq!(rows[0]["n"].as_i64(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_is_listed_and_today_is_the_last_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let by_default = admin.get("/v1/statistics").await.expect_status(200);
    assert_eq!(by_default.href("self").as_deref(), Some("/v1/statistics"));
    assert_eq!(by_default.json["_links"]["search"], json!({ "href": "/v1/statistics{?days}", "templated": true }));
    assert_eq!(by_default.json["days"].as_array().unwrap().len(), 30);
    for days in [1, 2, 366] {
        let found = admin.get(&format!("/v1/statistics?days={days}")).await.expect_status(200);
        assert_eq!(found.href("self"), Some(format!("/v1/statistics?days={days}")));
        let dates: Vec<String> =
            found.json["days"].as_array().unwrap().iter().map(|day| day["date"].to_string()).collect();
        assert_eq!(dates.len(), days);
        assert!(dates.is_sorted(), "{dates:?}");
        assert_eq!(dates.last().unwrap().trim_matches('"'), app.clock.now().date_naive().to_string());
    }
    for bad in ["0", "367", "x", "", "-1", "%2B1", "1.0", "99999999999"] {
        let refused = admin.get(&format!("/v1/statistics?days={bad}")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/days out_of_range"], "{bad}");
    }
    let unknown = admin.get("/v1/statistics?day=1").await.expect_problem(400, "invalid_input");
    assert_eq!(unknown.faults(), ["/day unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_counted_by_status_and_role() {
    let app = TestApp::start().await;
    app.role("idle", &[]).await;
    let ada = app.user_with("ada", "support", &["statistics.read"]).await;
    app.user("bob").await;
    let carl = app.user("carl").await;
    app.admin().await.act(&format!("{}/suspend", carl.path())).await.expect_status(200);
    let users = statistics(&ada, 1).await["users"].clone();
    assert_eq!(users["by_status"], json!({ "active": 3, "suspended": 1 }));
    assert_eq!(users["by_role"], json!({ "admin": 1, "support": 1, "user": 2 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_with_the_permission_read_statistics() {
    let app = TestApp::start().await;
    app.nobody().get("/v1/statistics").await.expect_problem(401, "authentication_required");
    let ada = app.user("ada").await;
    ada.get("/v1/statistics").await.expect_problem(403, "not_allowed");
    assert!(!ada.get("/v1").await.links().contains(&"statistics".to_owned()));
    app.role("counter", &["statistics.read"]).await;
    app.give(&ada, "counter").await;
    assert_eq!(ada.get("/v1").await.href("statistics").as_deref(), Some("/v1/statistics"));
    ada.get("/v1/statistics").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_of_a_day_are_those_of_the_audit_trail() {
    let app = TestApp::start().await;
    // Noon, so that the day does not end during the test.
    let now = app.clock.now();
    let noon = (now.date_naive() + chrono::Days::new(1)).and_hms_opt(12, 0, 0).unwrap().and_utc();
    app.clock.advance(noon - now);
    let admin = app.admin().await;
    let [ada, bob] = [app.user("ada").await, app.user("bob").await];
    // A user who was created did not register, and one who has not signed in is not active.
    let created = json!({ "username": "eve", "email": "eve@example.com", "password": PASSWORD });
    admin.post("/v1/users", &created).await.expect_status(201);
    app.nobody().register("dan").await.expect_status(201);
    app.nobody().register("dan").await.expect_status(409);
    // Each kind of sign-in, completed and refused.
    let authenticator = app.enrol_totp(&ada).await;
    let first = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    let mfa_token = first.json["mfa_token"].as_str().unwrap();
    let second = async |code: &str| {
        let fields = [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", mfa_token), ("otp", code)];
        app.nobody().form("/v1/oauth/token", &fields).await
    };
    second(&authenticator.wrong_code(&app)).await.expect_status(400);
    second(&authenticator.code(&app)).await.expect_status(200);
    let mut device = usher_testkit::Device::new();
    bob.enrol_passkey(&mut device).await;
    app.nobody().sign_in_with(&mut device).await.expect_status(200);
    for (username, password) in [("ada", "wrong"), ("bob", "wrong"), ("nobody", PASSWORD)] {
        app.nobody().password_grant(username, password).await.expect_status(400);
    }
    admin.act(&format!("{}/suspend", bob.path())).await.expect_status(200);
    app.nobody().password_grant("bob", PASSWORD).await.expect_status(400);
    // A token that is refused makes nobody active, and one that is refreshed twice counts once.
    let refresh = async |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        app.nobody().form("/v1/oauth/token", &fields).await
    };
    refresh("nonsense").await.expect_status(400);
    refresh(bob.token["refresh_token"].as_str().unwrap()).await.expect_status(400);
    let again = refresh(ada.token["refresh_token"].as_str().unwrap()).await.expect_status(200);
    refresh(again.json["refresh_token"].as_str().unwrap()).await.expect_status(200);

    let found = counts(&statistics(&admin, 1).await, 0);
    assert_eq!(found[..3], recorded(&app, noon.date_naive()).await);
    // Five were refused: the wrong code, three wrong names or passwords, and the right password of a suspended user.
    assert_eq!(found, [3, 5, 5, 3]);
}

/// Registrations, completed and refused sign-ins of a day in the audit trail.
async fn recorded(app: &TestApp, day: NaiveDate) -> [i64; 3] {
    let events = format!("FROM audit_events WHERE (at AT TIME ZONE 'UTC')::date = '{day}' AND action");
    let query = format!(
        "SELECT (SELECT count(*) {events} = 'user_registered' AND outcome = 'success') AS registrations, \
            (SELECT count(*) {events} = 'signed_in') AS sign_ins, \
            (SELECT count(*) {events} = 'sign_in_refused') AS failed_sign_ins"
    );
    let rows = app.sql().await.rows(&query).await;
    ["registrations", "sign_ins", "failed_sign_ins"].map(|name| rows[0][name].as_i64().unwrap())
}

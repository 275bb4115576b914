//! Everything that is kept about a user, as a file for them alone.

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use usher_domain::{Clock, Session};
use usher_persistence::{Database, Error, ExportList};
use usher_testkit::{Device, Options, PASSWORD, Person, TestApp, new_database};

fn path(person: &Person) -> String {
    format!("{}/export", person.path())
}

fn list<'a>(export: &'a Value, name: &str) -> Vec<&'a Value> {
    export[name].as_array().unwrap().iter().collect()
}

/// Adds this many events about a user, each of this many bytes.
async fn trail(app: &TestApp, person: &Person, events: usize, bytes: usize) {
    let statement = format!(
        "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, actor_id, target_id, changes) \
         SELECT gen_random_uuid(), now(), 'user_updated', 'success', false, '{id}', \
             CASE n % 3 WHEN 0 THEN NULL ELSE '{id}'::uuid END, \
             jsonb_build_array(jsonb_build_object('field', repeat('x', {bytes}))) \
         FROM generate_series(1, {events}) AS n",
        id = person.id
    );
    app.sql().await.execute(&statement).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_exports_everything_that_is_stored_about_them() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let tablet = app.nobody().sign_in("ada", PASSWORD).await;
    admin.patch(&ada.path(), &json!({ "username": "ada2" })).await.expect_status(200);
    let changes = json!({ "email": "new@example.com", "current_password": PASSWORD });
    tablet.patch(&ada.path(), &changes).await.expect_status(200);
    bob.act("/v1/email-verifications").await.expect_status(202);

    let me = tablet.get("/v1/me").await;
    let answer = tablet.get(&me.href("export").unwrap()).await.expect_status(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"usher-ada2.json\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let export = &answer.json;
    let mut user = me.json.clone();
    user.as_object_mut().unwrap().remove("_links");
    assert_eq!(export["user"], user);
    let current: Vec<_> = list(export, "sessions").iter().map(|session| session["current"].clone()).collect();
    assert_eq!(current, [false, true]);
    let mail: Vec<_> =
        list(export, "mail").iter().map(|mail| (mail["kind"].clone(), mail["address"].clone())).collect();
    let expected = [
        ("verify_email", "ada@example.com"),
        ("email_changing", "ada@example.com"),
        ("verify_email", "new@example.com"),
    ];
    for (kind, address) in expected {
        assert!(mail.contains(&(json!(kind), json!(address))), "{kind} to {address} in {mail:?}");
    }
    assert_eq!(mail.len(), expected.len(), "{mail:?}");
    let actions: Vec<_> = list(export, "audit_events").iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["user_registered", "signed_in", "signed_in", "user_updated", "user_updated"]);
    let seen = tablet.get(&format!("{}/audit-events?sort=at", ada.path())).await;
    for (exported, shown) in list(export, "audit_events").into_iter().zip(list(&seen.json["_embedded"], "audit_events"))
    {
        let mut shown = shown.clone();
        shown.as_object_mut().unwrap().remove("_links");
        assert_eq!(exported, &shown, "as the user sees it: not where an admin sat");
    }
    let hash =
        &app.sql().await.rows("SELECT password_hash FROM users WHERE username = 'ada2'").await[0]["password_hash"];
    assert!(!answer.text.contains(hash.as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_an_admin_who_caused_a_mail_is_shown_to_admins_only() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    admin.act(&format!("{}/password-reset", ada.path())).await.expect_status(202);
    let origins = async || {
        let export = ada.get(&path(&ada)).await.expect_status(200).json;
        let mail = list(&export, "mail").into_iter().map(|mail| (mail["kind"].clone(), mail["origin"].clone()));
        mail.collect::<Vec<_>>()
    };
    let (own, reset) = (json!("verify_email"), json!("reset_password"));
    let here = json!("127.0.0.1");
    assert_eq!(origins().await, [(own.clone(), here.clone()), (reset.clone(), Value::Null)]);
    admin.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_status(200);
    assert_eq!(origins().await, [(own, here.clone()), (reset, here)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mailed_links_are_exported_without_their_tokens() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mail = app.mail_to("ada@example.com", 1).await;
    let export = ada.get(&path(&ada)).await.expect_status(200);
    let [link] = list(&export.json, "mailed_links")[..] else { panic!("{}", export.text) };
    assert_eq!((&link["purpose"], &link["address"]), (&json!("verify_email"), &json!("ada@example.com")));
    assert!(!export.text.contains(mail.token()));
}

#[tokio::test(flavor = "multi_thread")]
async fn second_factors_are_exported_with_what_is_kept_about_passkeys_and_without_secrets() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = ada.act(&format!("{}/factors/totp", ada.path())).await.expect_status(201).json;
    ada.enrol_passkey(&mut Device::new()).await;
    let authenticator = app.enrol_totp(&ada).await;
    let export = ada.get(&path(&ada)).await.expect_status(200);
    let factors = list(&export.json, "factors");
    let of_type = |kind: &str| *factors.iter().find(|factor| factor["type"] == kind).unwrap();
    let passkey = of_type("passkey");
    let kept = ["rp_id", "backup_eligible", "backed_up", "transports"].map(|name| passkey[name].clone());
    assert_eq!(kept, [json!("usher.test"), json!(true), json!(true), json!(["internal"])]);
    assert_eq!(of_type("recovery_codes")["remaining"], 10);
    for other in [of_type("recovery_codes"), of_type("totp")] {
        assert!(["rp_id", "backed_up", "transports"].iter().all(|name| other.get(*name).is_none()), "{other}");
    }
    assert!(!export.text.contains(enrolled["secret"].as_str().unwrap()));
    assert!(ada.delete(&authenticator.path).await.status == 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_user_exports_the_data_of_another_not_even_an_admin() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    admin.get(&path(&ada)).await.expect_problem(403, "not_allowed");
    bob.get(&path(&ada)).await.expect_problem(403, "not_allowed");
    app.nobody().get(&path(&ada)).await.expect_problem(401, "authentication_required");
    assert_eq!(admin.get(&ada.path()).await.href("export"), None);
    admin.get(&path(&admin)).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_actions_of_an_admin_on_others_are_in_the_admins_export_once() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    admin.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    let export = admin.get(&path(&admin)).await.expect_status(200);
    let events = list(&export.json, "audit_events");
    let suspended: Vec<_> = events.iter().filter(|event| event["action"] == "user_suspended").collect();
    assert_eq!(suspended.len(), 1);
    assert_eq!(suspended[0]["target"], json!({ "id": ada.id }));
    assert_eq!(suspended[0]["address"], "127.0.0.1", "an admin's own address");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_named_by_id_if_the_username_does_not_fit_a_header() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    ada.patch(&ada.path(), &json!({ "username": "грейс" })).await.expect_status(200);
    let export = ada.get(&path(&ada)).await.expect_status(200);
    assert_eq!(export.header("content-disposition"), format!("attachment; filename=\"usher-{}.json\"", ada.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_trail_is_exported_completely_and_each_event_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    trail(&app, &ada, 1700, 1).await;
    let export = ada.get(&path(&ada)).await.expect_status(200);
    let ids: Vec<_> = list(&export.json, "audit_events").iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 1702);
    assert!(ids.is_sorted_by(|a, b| a < b), "in order, and each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_export_is_a_consistent_snapshot_and_does_not_block_others() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    // More than what the connection's buffers hold.
    trail(&app, &ada, 6000, 5_000).await;
    let mut download = ada.request("GET", &path(&ada)).send().await.unwrap();
    let mut bytes = download.chunk().await.unwrap().unwrap().to_vec();
    ada.patch(&ada.path(), &json!({ "username": "grace" })).await.expect_status(200);
    ada.get(&path(&ada)).await.expect_problem(503, "unavailable");
    while let Some(more) = download.chunk().await.unwrap() {
        bytes.extend(more);
    }
    let export: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(list(&export, "audit_events").len(), 6002, "without what has happened since");
    assert_eq!(export["user"]["username"], "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_signed_out_during_an_export_gets_no_more() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    trail(&app, &ada, 6000, 5_000).await;
    let mut download = ada.request("GET", &path(&ada)).send().await.unwrap();
    download.chunk().await.unwrap().unwrap();
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
    let end = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    end.expect_err("broken off, so that nobody takes it for the whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_the_whole_of_a_long_trail() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    trail(&app, &ada, 6000, 5_000).await;
    let mut download = ada.request("GET", &path(&ada)).send().await.unwrap();
    let mut bytes = Vec::new();
    let (began, mut pauses) = (Instant::now(), 0);
    while let Some(more) = download.chunk().await.unwrap() {
        bytes.extend(more);
        // Twelve pauses, each far shorter than a part may take, and longer together than one statement may.
        if bytes.len() / 2_000_000 > pauses && pauses < 12 {
            pauses += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    assert!(began.elapsed() > Duration::from_secs(11), "{pauses}");
    let export: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(list(&export, "audit_events").len(), 6002);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_not_read_ends_and_another_can_begin() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    trail(&app, &ada, 6000, 5_000).await;
    let mut download = ada.request("GET", &path(&ada)).send().await.unwrap();
    download.chunk().await.unwrap().unwrap();
    // One of four connections is for exports.
    bob.get(&path(&bob)).await.expect_problem(503, "unavailable");
    let began = Instant::now();
    while bob.get(&path(&bob)).await.status != 200 {
        assert!(began.elapsed() < Duration::from_secs(40), "the export goes on");
    }
    let end = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    end.expect_err("broken off, so that nobody takes it for the whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_one_export_at_a_time_and_does_not_delay_others() {
    let database_url = new_database().await;
    let database = Database::new(&database_url, 8, Clock::default(), &Handle::current()).unwrap();
    let app = TestApp::with(Options { database_url: Some(database_url), ..Options::default() }).await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    trail(&app, &ada, 6000, 1).await;
    let [ada, bob] = [&ada, &bob].map(|user| user.id.parse().unwrap());
    // Eight connections let two export at once.
    let sessions = || vec![ExportList::of::<Session>()];
    let first = database.export_user(ada, sessions()).await.unwrap().unwrap();
    let (again, other) = tokio::join!(database.export_user(ada, sessions()), database.export_user(bob, sessions()));
    assert!(matches!(again, Err(Error::Unavailable(_))), "{again:?}");
    assert_eq!(other.unwrap().unwrap().account.user.id, bob);
    drop(first);
    assert!(database.export_user(ada, sessions()).await.unwrap().is_some(), "the first one has ended");
}

/// The tables with data of users whose rows are exported under another name than the table's.
const EXPORTED_AS: &[(&str, &str)] = &[("users", "user"), ("outbox", "mail"), ("mailed_tokens", "mailed_links")];

/// Tables with data of users that is not exported, and why.
const EXCLUDED_TABLES: &[(&str, &str)] = &[
    ("familiar_addresses", "holds keyed digests of addresses, which nobody can read without the secret key"),
    ("active_users", "holds ids until the day is closed, to count each user once; sessions are exported"),
    ("ceremonies", "holds random challenges for a few minutes"),
    ("mfa_tokens", "holds digests of random tokens for a few minutes"),
    ("passkey_handles", "holds random bytes that only passkeys know"),
    ("recovery_codes", "holds keyed digests; how many are left is exported with the factors"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_table_with_data_of_users_is_exported_or_excluded_for_a_reason() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let export = ada.get(&path(&ada)).await.expect_status(200).json;
    let of_users = "SELECT table_name::text AS name FROM information_schema.columns \
        WHERE table_schema = current_schema() AND column_name IN ('user_id', 'actor_id', 'target_id', 'owner_id') \
        UNION SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = 'users'::regclass";
    for row in app.sql().await.rows(of_users).await {
        let table = row["name"].as_str().unwrap();
        let member = EXPORTED_AS.iter().find(|(name, _)| *name == table).map_or(table, |(_, member)| member);
        let excluded = EXCLUDED_TABLES.iter().any(|(name, _)| *name == table);
        assert!(excluded || export.get(member).is_some(), "{table} is neither exported nor excluded for a reason");
    }
}

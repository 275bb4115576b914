//! Nobody takes over an account that may do more than they may: neither its address nor its sessions, links, keys or role.

use super::{NEW, RESET};
use serde_json::{Value, json};
use usher_testkit::{Person, TestApp};

/// Every permission but `audit.read`.
const NEARLY_ALL: &[&str] = &[
    "api-keys.read",
    "api-keys.revoke",
    "roles.read",
    "roles.write",
    "sessions.read",
    "sessions.revoke",
    "users.assign-role",
    "users.create",
    "users.delete",
    "users.lift-throttle",
    "users.read",
    "users.send-password-reset",
    "users.suspend",
    "users.update",
];

/// Everything that could be done to an account, as requests.
fn attacks(target: &Person, session: &str) -> Vec<(&'static str, String, Value)> {
    let path = target.path();
    vec![
        ("PATCH", path.clone(), json!({ "email": "evil@evil.example" })),
        ("PATCH", path.clone(), json!({ "username": "mallory" })),
        ("PATCH", path.clone(), json!({ "role": "user" })),
        ("PATCH", path.clone(), json!({ "role": "manager" })),
        ("POST", format!("{path}/password-reset"), Value::Null),
        ("POST", format!("{path}/suspend"), Value::Null),
        ("POST", format!("{path}/reactivate"), Value::Null),
        ("POST", format!("{path}/lift-throttle"), Value::Null),
        ("DELETE", format!("{path}/sessions"), Value::Null),
        ("DELETE", format!("{path}/sessions/{session}"), Value::Null),
        ("DELETE", format!("{path}/api-keys"), Value::Null),
        ("DELETE", path, Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_act_reaches_a_user_who_may_do_more() {
    let app = TestApp::start().await;
    app.role("manager", NEARLY_ALL).await;
    app.role("auditor", &["audit.read"]).await;
    app.role("board", &[]).await;
    app.sql().await.execute("UPDATE roles SET reserved = true WHERE name = 'board'").await;
    let (admin, mia) = (app.admin().await, app.user_with_role("mia", "manager").await);
    let (auditor, board) = (app.user_with_role("auditor", "auditor").await, app.user_with_role("board", "board").await);
    for target in [&auditor, &board, &admin] {
        // Those of the registrations come first.
        app.all_mail_sent().await;
        let mails = app.mails().len();
        let before = admin.get(&target.path()).await;
        let sessions = admin.get(&format!("{}/sessions", target.path())).await;
        let session = sessions.json["_embedded"]["sessions"][0]["id"].as_str().unwrap();
        for (method, path, body) in attacks(target, session) {
            let mut request = mia.request(method, &path);
            if !body.is_null() {
                request = request.json(&body);
            }
            usher_testkit::Answer::to(request).await.expect_problem(403, "not_allowed");
        }
        assert_eq!(admin.get(&target.path()).await.json, before.json);
        target.get("/v1/me").await.expect_status(200);
        app.all_mail_sent().await;
        assert_eq!(app.mails().len(), mails);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_with_more_is_changed_deleted_given_or_made() {
    let app = TestApp::start().await;
    app.role("manager", NEARLY_ALL).await;
    app.role("auditor", &["audit.read"]).await;
    let (admin, mia, ada) = (app.admin().await, app.user_with_role("mia", "manager").await, app.user("ada").await);
    app.user_with_role("auditor", "auditor").await;
    // Not even smaller, and then to be given or acted on.
    for body in [json!({ "permissions": [] }), json!({ "description": "mine" })] {
        mia.patch("/v1/roles/auditor", &body).await.expect_problem(403, "not_allowed");
    }
    mia.delete("/v1/roles/auditor").await.expect_problem(403, "not_allowed");
    for role in ["auditor", "admin"] {
        let body = json!({ "role": role });
        for user in [&ada, &mia] {
            mia.patch(&user.path(), &body).await.expect_problem(403, "not_givable");
        }
        let new = json!({ "username": "new", "email": "new@example.com", "role": role });
        mia.post("/v1/users", &new).await.expect_problem(403, "not_givable");
    }
    let more = json!({ "permissions": ["audit.read"] });
    mia.patch("/v1/roles/manager", &more).await.expect_problem(403, "not_givable");
    let new = json!({ "name": "mine", "permissions": ["audit.read"] });
    mia.post("/v1/roles", &new).await.expect_problem(403, "not_givable");
    let reserved = json!({ "name": "mine", "permissions": [], "reserved": true });
    assert_eq!(mia.post("/v1/roles", &reserved).await.expect_status(400).faults(), ["/reserved not_writable"]);
    assert_eq!(admin.get("/v1/roles/auditor").await.json["permissions"], json!(["audit.read"]));
    assert_eq!(admin.get("/v1/users").await.json["total"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accomplice_gets_no_further_than_oneself() {
    let app = TestApp::start().await;
    app.role("manager", NEARLY_ALL).await;
    let (mia, max) = (app.user_with_role("mia", "manager").await, app.user_with_role("max", "manager").await);
    // A smaller role of one's own making is given to an accomplice and back, and cannot grow beyond what both have.
    let small = json!({ "name": "small", "permissions": ["users.read"] });
    mia.post("/v1/roles", &small).await.expect_status(201);
    max.patch("/v1/roles/small", &json!({ "permissions": NEARLY_ALL })).await.expect_status(200);
    max.patch(&mia.path(), &json!({ "role": "small" })).await.expect_status(200);
    mia.patch(&mia.path(), &json!({ "role": "manager" })).await.expect_status(200);
    for by in [&mia, &max] {
        let more = json!({ "permissions": ["audit.read"] });
        by.patch("/v1/roles/small", &more).await.expect_problem(403, "not_givable");
        by.patch(&by.path(), &json!({ "role": "admin" })).await.expect_problem(403, "not_givable");
        by.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
    }
    // Whoever has given their rights away does not get them back alone.
    mia.patch(&mia.path(), &json!({ "role": "user" })).await.expect_status(200);
    let back = mia.patch(&mia.path(), &json!({ "role": "manager" })).await.expect_status(400);
    assert_eq!(back.faults(), ["/role not_writable"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_to_an_account_of_ones_own_making_open_nothing_once_it_has_a_role() {
    let app = TestApp::start().await;
    app.role("manager", &["users.read", "users.create", "users.update", "users.send-password-reset"]).await;
    app.role("auditor", &["audit.read"]).await;
    let (admin, mia) = (app.admin().await, app.user_with_role("mia", "manager").await);
    let new = json!({ "username": "puppet", "email": "puppet@evil.example" });
    let puppet = mia.post("/v1/users", &new).await.expect_status(201).header("location").to_owned();
    let taken = app.user("ada").await;
    mia.patch(&taken.path(), &json!({ "email": "ada@evil.example" })).await.expect_status(200);
    mia.act(&format!("{}/password-reset", taken.path())).await.expect_status(202);
    app.all_mail_sent().await;
    let links: Vec<_> = app.mails().into_iter().filter(|mail| mail.to.ends_with("@evil.example")).collect();
    assert!(links.len() >= 2, "{links:?}");
    for path in [puppet, taken.path()] {
        admin.patch(&path, &json!({ "role": "auditor" })).await.expect_status(200);
    }
    for mail in links {
        let body = json!({ "token": mail.token(), "new_password": NEW });
        let refused = app.nobody().post(&format!("{RESET}/confirm"), &body).await.expect_status(400);
        assert_eq!(refused.faults(), ["/token bad_token"], "{}", mail.subject);
    }
    for name in ["puppet", "ada"] {
        app.nobody().password_grant(name, NEW).await.expect_problem(400, "invalid_grant");
    }
    // From now on the account is above its maker.
    mia.act(&format!("{}/password-reset", taken.path())).await.expect_problem(403, "not_allowed");
    mia.patch(&taken.path(), &json!({ "email": "again@evil.example" })).await.expect_problem(403, "not_allowed");
}

//! What a key may do: what its owner may do and its scopes name.

use super::{Key, expect_insufficient_scope, key, keys_of};
use serde_json::json;
use std::collections::BTreeSet;
use usher_testkit::{Client, PASSWORD, Person, TestApp};

const ALL: [&str; 2] = ["account.read", "account.write"];

#[tokio::test(flavor = "multi_thread")]
async fn with_account_read_a_key_reads_its_owners_account_and_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &["account.read"]).await;
    let me = own.get("/v1/me").await.expect_status(200);
    assert_eq!(me.links(), ["api-keys", "audit", "export", "self", "sessions"]);
    for relation in ["api-keys", "audit", "export", "self", "sessions"] {
        own.get(&me.href(relation).unwrap()).await.expect_status(200);
    }
    assert_eq!(own.get(&me.href("sessions").unwrap()).await.links(), ["first", "last", "self"]);
    assert_eq!(own.get(&me.href("api-keys").unwrap()).await.links(), ["first", "last", "self"]);
    expect_insufficient_scope(own.patch(&ada.path(), &json!({ "username": "new" })).await);
    let links = own.get("/v1").await.links();
    assert!(links.contains(&"me".to_owned()) && !links.contains(&"users".to_owned()), "{links:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_account_write_a_key_changes_the_username_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let own = key(&app, &ada, &ALL).await;
    let changed = own.patch(&ada.path(), &json!({ "username": "lovelace" })).await.expect_status(200);
    assert_eq!(changed.json["username"], "lovelace");
    assert_eq!(changed.links(), ["api-keys", "audit", "export", "self", "sessions", "update"]);
    for body in [
        json!({ "email": "new@example.com", "current_password": PASSWORD }),
        json!({ "role": "admin" }),
        json!({ "username": "again", "current_password": PASSWORD }),
    ] {
        let refused = own.patch(&ada.path(), &body).await.expect_problem(400, "invalid_input");
        assert!(refused.faults().iter().all(|fault| fault.ends_with("not_writable")), "{:?}", refused.faults());
    }
    assert_eq!(ada.get("/v1/me").await.json["username"], "lovelace");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_does_what_needs_a_session_whatever_its_scopes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let every: Vec<&str> = usher_domain::Scope::NAMES.to_vec();
    let own = key(&app, &admin, &every).await;
    let sessions = admin.get(&format!("{}/sessions", admin.path())).await.expect_status(200);
    let session = sessions.json["_embedded"]["sessions"][0]["_links"]["revoke"]["href"].as_str().unwrap();
    let (path, keys) = (admin.path(), keys_of(&admin));
    let password = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    expect_insufficient_scope(own.post(&keys, &super::wanted(&["account.read"])).await);
    expect_insufficient_scope(own.put(&format!("{path}/password"), &password).await);
    expect_insufficient_scope(own.act("/v1/email-verifications").await);
    expect_insufficient_scope(own.act(&format!("{path}/password-reset")).await);
    expect_insufficient_scope(own.delete(&format!("{path}/sessions")).await);
    expect_insufficient_scope(own.delete(session).await);
    expect_insufficient_scope(own.delete(&keys).await);
    expect_insufficient_scope(own.delete(&format!("{keys}/{}", own.id)).await);
    // The last admin cannot be deleted in a session either.
    own.delete(&path).await.expect_status(403);
    let second = app.another_admin("second").await;
    expect_insufficient_scope(own.delete(&path).await);
    let email = json!({ "email": "new@example.com", "current_password": PASSWORD });
    own.patch(&path, &email).await.expect_problem(400, "invalid_input");
    own.patch(&path, &json!({ "role": "user" })).await.expect_problem(400, "invalid_input");
    // A key is no admin, so it acts on no admin and gives no such role.
    for action in ["suspend", "password-reset"] {
        expect_insufficient_scope(own.act(&format!("{}/{action}", second.path())).await);
    }
    expect_insufficient_scope(own.delete(&second.path()).await);
    let ada = app.user("ada").await;
    own.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_problem(403, "not_givable");
    let new = json!({ "username": "new", "email": "new@example.com", "role": "admin" });
    own.post("/v1/users", &new).await.expect_problem(403, "not_givable");
    own.act(&format!("{}/suspend", ada.path())).await.expect_status(200);
    own.delete(&ada.path()).await.expect_status(204);
    admin.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_among_the_scopes_are_about_others_and_not_about_oneself() {
    let app = TestApp::start().await;
    let support = app.user_with("support", "role-of-support", &["users.read", "users.suspend", "sessions.read"]).await;
    let ada = app.user("ada").await;
    let own = key(&app, &support, &["users.read"]).await;
    own.get("/v1/users").await.expect_status(200);
    let seen = own.get(&ada.path()).await.expect_status(200);
    assert!(!seen.links().contains(&"suspend".to_owned()));
    expect_insufficient_scope(own.act(&format!("{}/suspend", ada.path())).await);
    expect_insufficient_scope(own.get(&format!("{}/sessions", ada.path())).await);
    // What the owner may not do in a session either has no other answer than there.
    own.delete(&ada.path()).await.expect_problem(403, "not_allowed");
    own.get("/v1/roles").await.expect_problem(403, "not_allowed");
    expect_insufficient_scope(own.get("/v1/me").await);
    expect_insufficient_scope(own.get(&support.path()).await);
    expect_insufficient_scope(own.get(&format!("{}/sessions", support.path())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_does_not_gain_what_its_owner_gains() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let own = key(&app, &ada, &["account.read"]).await;
    admin.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_status(200);
    expect_insufficient_scope(own.get("/v1/users").await);
    expect_insufficient_scope(own.get(&admin.path()).await);
    own.get("/v1/me").await.expect_status(200);
}

/// The links of a representation, by relation and target.
async fn links(client: &Client, path: &str) -> BTreeSet<String> {
    let answer = client.get(path).await;
    let links = answer.json["_links"].as_object().cloned().unwrap_or_default();
    links.into_iter().map(|(relation, link)| format!("{relation} {}", link["href"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_key_are_among_those_of_its_owner_in_every_state() {
    let app = TestApp::start().await;
    let permissions =
        ["users.read", "users.suspend", "users.update", "api-keys.read", "sessions.read", "sessions.revoke"];
    let (admin, support) = (app.admin().await, app.user_with("support", "role-of-support", &permissions).await);
    let ada = app.user("ada").await;
    let sets: [&[&str]; 5] =
        [&["account.read"], &ALL, &["users.read"], &["users.read", "users.suspend", "account.read"], &permissions];
    let mut own: Vec<Key> = Vec::new();
    for scopes in sets {
        own.push(key(&app, &support, scopes).await);
    }
    let paths = |of: &Person| {
        [of.path(), format!("{}/sessions", of.path()), keys_of(of), format!("{}/audit-events", of.path())]
    };
    let paths: Vec<String> = ["/v1".to_owned(), "/v1/me".to_owned(), "/v1/users".to_owned(), "/v1/roles".to_owned()]
        .into_iter()
        .chain([&ada, &support, &admin].into_iter().flat_map(paths))
        .collect();
    let states = [
        None,
        Some((format!("{}/suspend", ada.path()), None)),
        Some(("/v1/roles/role-of-support".to_owned(), Some(json!({ "permissions": ["users.read"] })))),
        Some((support.path(), Some(json!({ "role": "admin" })))),
        Some((support.path(), Some(json!({ "role": "user" })))),
    ];
    for state in states {
        match &state {
            Some((path, Some(change))) => drop(admin.patch(path, change).await.expect_status(200)),
            Some((path, None)) => drop(admin.act(path).await.expect_status(200)),
            None => {}
        }
        for path in &paths {
            let of_owner = links(&support, path).await;
            for of_owner_by_key in &own {
                let by_key = links(of_owner_by_key, path).await;
                assert!(by_key.is_subset(&of_owner), "{state:?} {path}: {by_key:?} {of_owner:?}");
            }
        }
    }
}

//! Who may do what with factors, and the links that say so.

use super::{confirmed, delegate, enrol, factors_of, let_sessions_become_stale, list, path_of};
use serde_json::json;
use usher_testkit::{Answer, PASSWORD, Person, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_for_their_owner_and_are_read_by_those_who_may() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let reader = delegate(&app, "carol", &["users.read", "factors.read"]).await;
    let factor = confirmed(&app, &ada).await;
    let (all, one) = (factors_of(&ada), path_of(&ada, &factor));
    assert!(reader.get(&ada.path()).await.expect_status(200).links().contains(&"factors".to_owned()));
    let page = reader.get(&all).await.expect_status(200);
    assert_eq!(page.links(), ["first", "last", "self"]);
    assert_eq!(reader.get(&one).await.expect_status(200).links(), ["self"]);
    for path in [&all, &one] {
        bob.get(path).await.expect_problem(403, "not_allowed");
        app.nobody().get(path).await.expect_problem(401, "authentication_required");
    }
    let elsewhere = one.replace(&ada.id, &bob.id);
    bob.get(&elsewhere).await.expect_problem(404, "not_found");
    for other in [&reader, &bob, &app.admin().await] {
        for answer in [
            other.act(&format!("{all}/totp")).await,
            other.act(&format!("{all}/recovery-codes")).await,
            other.post(&format!("{one}/confirm"), &json!({ "code": "123456" })).await,
            other.patch(&one, &json!({ "name": "mine" })).await,
            other.delete(&one).await,
        ] {
            answer.expect_problem(403, "not_allowed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_touches_the_factors_of_its_owner() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({
        "name": "a script",
        "scopes": ["account.read", "account.write", "users.read", "factors.read", "factors.reset"],
        "current_password": PASSWORD,
    });
    let key = admin.post(&format!("{}/api-keys", admin.path()), &body).await.expect_status(201).json["key"].clone();
    let key = app.nobody().with_token(key.as_str().unwrap());
    let factor = confirmed(&app, &admin).await;
    let (all, one) = (factors_of(&admin), path_of(&admin, &factor));
    for answer in [
        key.get(&all).await,
        key.get(&one).await,
        key.act(&format!("{all}/totp")).await,
        key.act(&format!("{all}/recovery-codes")).await,
        key.patch(&one, &json!({ "name": "mine" })).await,
        key.delete(&one).await,
    ] {
        answer.expect_problem(403, "insufficient_scope");
    }
    let ada = app.user("ada").await;
    confirmed(&app, &ada).await;
    key.get(&factors_of(&ada)).await.expect_status(200);
    key.delete(&factors_of(&ada)).await.expect_problem(403, "insufficient_scope");
    assert!(!key.get(&ada.path()).await.expect_status(200).links().contains(&"reset-factors".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_session_is_offered_what_a_stale_one_has_to_step_up_for() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let empty = ada.get(&factors_of(&ada)).await.expect_status(200);
    assert_eq!(empty.links(), ["enrol-totp", "first", "passkey-options", "self"]);
    let factor = confirmed(&app, &ada).await;
    let enrolled = enrol(&ada).await;
    let page = ada.get(&factors_of(&ada)).await.expect_status(200);
    assert_eq!(page.links(), ["create-recovery-codes", "enrol-totp", "first", "last", "passkey-options", "self"]);
    assert_eq!(ada.get(&path_of(&ada, &factor)).await.links(), ["remove", "self", "update"]);

    let_sessions_become_stale(&app).await;
    let (all, one, other) = (factors_of(&ada), path_of(&ada, &factor), path_of(&ada, &enrolled));
    let links = |answer: &Answer| -> Vec<String> {
        answer.links().into_iter().filter(|relation| relation != "step-up").collect()
    };
    assert_eq!(links(&ada.get(&all).await), ["first", "last", "self"]);
    assert_eq!(links(&ada.get(&one).await), ["self"]);
    assert_eq!(links(&ada.get(&other).await), ["confirm", "self"]);
    for answer in [
        ada.act(&format!("{all}/totp")).await,
        ada.act(&format!("{all}/recovery-codes")).await,
        ada.patch(&one, &json!({ "name": "x" })).await,
        ada.delete(&one).await,
    ] {
        let refused = answer.expect_problem(401, "insufficient_user_authentication");
        assert!(
            refused.header("www-authenticate").contains("max_age=\"900\""),
            "{}",
            refused.header("www-authenticate")
        );
    }
    assert_eq!(list(&ada).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_user_come_after_those_of_earlier_releases() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    confirmed(&app, &ada).await;
    let relations = async |caller: &Person| -> Vec<String> {
        let user = caller.get(&ada.path()).await.expect_status(200);
        let links = user.text.split_once("\"_links\":").unwrap().1;
        let mut relations = user.links();
        relations.sort_by_key(|relation| links.find(&format!("\"{relation}\":{{")));
        relations
    };
    let own = relations(&ada).await;
    assert_eq!(own.last().map(String::as_str), Some("factors"), "{own:?}");
    let admin = relations(&app.admin().await).await;
    assert_eq!(admin[admin.len() - 2..], ["factors", "reset-factors"], "{admin:?}");
}

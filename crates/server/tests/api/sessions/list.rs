//! The list of a user's sessions.

use super::{session_list, sessions};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::HashSet;
use usher_testkit::{Answer, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sees_where_they_are_signed_in_newest_first() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(5));
    let request = app.nobody().request("POST", "/v1/oauth/token").header("user-agent", "a tablet");
    let grant = format!("grant_type=password&username=ada&password={PASSWORD}");
    let form = request.header("content-type", "application/x-www-form-urlencoded").body(grant);
    Answer::to(form).await.expect_status(200);

    let path = format!("{}/sessions", ada.path());
    let page = session_list(&ada, &ada).await;
    let [tablet, first] = sessions(&page).as_slice() else { panic!("{}", page.text) };
    assert_eq!((&tablet["user_agent"], &tablet["current"]), (&json!("a tablet"), &json!(false)));
    assert_eq!((&first["user_agent"], &first["current"]), (&json!(null), &json!(true)));
    assert_eq!(tablet["address"], "127.0.0.1");
    assert!(tablet["created_at"].as_str() > first["created_at"].as_str());
    assert_eq!(tablet["last_used_at"], tablet["created_at"]);
    let revoke = &tablet["_links"]["revoke"];
    assert_eq!(revoke["href"].as_str().unwrap(), format!("{path}/{}", tablet["id"].as_str().unwrap()));
    assert_eq!(revoke["method"], "DELETE");
    assert_eq!(page.json["total"], 2);
    assert_eq!(page.links(), ["first", "last", "revoke-all", "self"]);
    let me = ada.get("/v1/me").await;
    assert_eq!(me.href("sessions").unwrap(), path);
    assert_eq!(me.json["_links"]["revoke-all"], json!({ "href": path, "method": "DELETE" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_is_seen_as_use() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(5));
    let token = ada.token["refresh_token"].as_str().unwrap();
    let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
    app.nobody().form("/v1/oauth/token", &grant).await.expect_status(200);
    let page = session_list(&ada, &ada).await;
    let session = &sessions(&page)[0];
    assert!(session["last_used_at"].as_str() > session["created_at"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_sessions_is_walked_without_gaps_while_some_end() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for _ in 0..6 {
        app.nobody().password_grant("ada", PASSWORD).await.expect_status(200);
        app.clock.advance(TimeDelta::seconds(1));
    }
    let mut page = ada.get(&format!("{}/sessions?limit=2", ada.path())).await.expect_status(200);
    assert_eq!(page.json["total"], 7);
    let (mut seen, mut pages) = (HashSet::new(), Vec::new());
    loop {
        for session in sessions(&page) {
            assert!(seen.insert(session["id"].as_str().unwrap().to_owned()), "shown twice");
        }
        // What has been shown goes while the list is walked.
        if let Some(gone) = sessions(&page).iter().find(|session| session["current"] == false) {
            ada.delete(gone["_links"]["revoke"]["href"].as_str().unwrap()).await.expect_status(204);
        }
        pages.push(page.json["offset"].as_i64().unwrap());
        let Some(next) = page.href("next") else { break };
        assert!(page.header("link").contains(&format!("<{next}>; rel=\"next\"")));
        page = ada.get(&next).await.expect_status(200);
    }
    assert_eq!((seen.len(), pages), (7, vec![0, 2, 4, 6]));
    let before = ada.get(&page.href("prev").unwrap()).await.expect_status(200);
    assert_eq!(sessions(&before).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_or_with_an_offset_is_refused() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    app.nobody().sign_in("ada", PASSWORD).await;
    let page = admin.get(&format!("{}/sessions?limit=1", ada.path())).await.expect_status(200);
    let next = page.href("next").unwrap();
    admin.get(&next.replace(&ada.id, &bob.id)).await.expect_problem(400, "invalid_input");
    admin.get(&format!("{next}&offset=1")).await.expect_problem(400, "invalid_input");
    for query in ["limit=0", "limit=101", "offset=-1", "cursor=nonsense", "q=ada"] {
        admin.get(&format!("{}/sessions?{query}", ada.path())).await.expect_problem(400, "invalid_input");
    }
    let past = admin.get(&format!("{}/sessions?limit=1&offset=9", ada.path())).await.expect_status(200);
    assert_eq!((sessions(&past).len(), past.href("next")), (0, None));
    assert!(past.href("prev").unwrap().ends_with("limit=1&offset=1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_have_expired_are_not_listed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::days(31));
    let again = app.nobody().sign_in("ada", PASSWORD).await;
    let page = session_list(&again, &ada).await;
    assert_eq!((sessions(&page).len(), &page.json["total"]), (1, &json!(1)));
}

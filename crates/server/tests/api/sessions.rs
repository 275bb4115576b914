//! Where a user is signed in, and how that ends.

use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::HashSet;
use usher_testkit::{Answer, Client, PASSWORD, Person, TestApp};

fn sessions(page: &Answer) -> &Vec<Value> {
    page.json["_embedded"]["sessions"].as_array().unwrap()
}

async fn list(client: &Client, owner: &Person) -> Answer {
    client.get(&format!("{}/sessions", owner.path())).await.expect_status(200)
}

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
    let page = list(&ada, &ada).await;
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
    let page = list(&ada, &ada).await;
    let session = &sessions(&page)[0];
    assert!(session["last_used_at"].as_str() > session["created_at"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_one_session_signs_out_that_device_alone() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let page = list(&other, &ada).await;
    let first = sessions(&page).iter().find(|session| session["current"] == false).unwrap();
    let href = first["_links"]["revoke"]["href"].as_str().unwrap();
    other.delete(href).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    other.get("/v1/me").await.expect_status(200);
    other.delete(href).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_all_sessions_signs_out_everywhere_the_caller_included() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    let bob = app.user("bob").await;
    ada.delete(&format!("{}/sessions", ada.path())).await.expect_status(204);
    for gone in [&ada, &other] {
        gone.get("/v1/me").await.expect_problem(401, "invalid_token");
    }
    bob.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_the_business_of_their_user_and_of_admins() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.user("ada").await, app.user("bob").await);
    let page = list(&admin, &ada).await;
    let href = sessions(&page)[0]["_links"]["revoke"]["href"].as_str().unwrap().to_owned();
    assert_eq!(sessions(&page)[0]["current"], false);
    let all = format!("{}/sessions", ada.path());
    bob.get(&all).await.expect_problem(403, "not_allowed");
    bob.delete(&all).await.expect_problem(403, "not_allowed");
    bob.delete(&href).await.expect_problem(403, "not_allowed");
    app.nobody().get(&all).await.expect_problem(401, "authentication_required");
    // The same whether there is such a user or not.
    let nowhere = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77/sessions";
    bob.get(nowhere).await.expect_problem(403, "not_allowed");
    admin.get(nowhere).await.expect_problem(404, "not_found");
    // A session goes by its own user's path only.
    let session = href.rsplit('/').next().unwrap();
    bob.delete(&format!("{}/sessions/{session}", bob.path())).await.expect_problem(404, "not_found");
    admin.delete(&format!("{all}/nonsense")).await.expect_problem(400, "invalid_input");
    ada.get("/v1/me").await.expect_status(200);
    admin.delete(&href).await.expect_status(204);
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
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
    let page = list(&again, &ada).await;
    assert_eq!((sessions(&page).len(), &page.json["total"]), (1, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_say_how_to_revoke() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/sessions", ada.path());
    let request = ada.request("GET", &path).header("accept", "application/prs.hal-forms+json");
    let page = Answer::to(request).await.expect_status(200).json;
    assert_eq!(page["_templates"]["revoke-all"]["method"], "DELETE");
    assert_eq!(page["_templates"]["default"], page["_templates"]["revoke-all"]);
    let session = &page["_embedded"]["sessions"][0];
    assert_eq!(session["_templates"]["revoke"]["target"], session["_links"]["revoke"]["href"]);
}

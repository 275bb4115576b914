//! Reading users: oneself, another, the same for all who may.

use serde_json::json;
use usher_testkit::{Answer, TestApp};

const NO_ONE: &str = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

#[tokio::test(flavor = "multi_thread")]
async fn users_read_themselves_by_two_paths_and_see_the_same() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (me, own) = (ada.get("/v1/me").await.expect_status(200), ada.get(&ada.path()).await.expect_status(200));
    assert_eq!(me.text, own.text);
    assert_eq!((me.header("etag"), own.header("etag")), ("\"1\"", "\"1\""));
    assert_eq!((me.header("content-location"), own.header("content-location")), (&*ada.path(), &*ada.path()));
    assert_eq!(own.href("self"), Some(ada.path()));
    assert_eq!(own.json["_links"]["update"], json!({ "href": ada.path(), "method": "PATCH" }));
    for absent in ["collection", "suspend", "reactivate"] {
        assert!(!own.links().contains(&absent.to_owned()), "{absent}");
    }
    for name in ["vary", "cache-control", "x-content-type-options", "content-type"] {
        assert!(!own.header(name).is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_anyone() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let seen = admin.get(&ada.path()).await.expect_status(200);
    assert_eq!(seen.json["username"], "ada");
    assert_eq!(seen.href("collection").as_deref(), Some("/v1/users"));
    assert_eq!(seen.json["_links"]["suspend"], json!({ "href": format!("{}/suspend", ada.path()), "method": "POST" }));
    for absent in ["reactivate", "change-password"] {
        assert!(!seen.links().contains(&absent.to_owned()), "{absent}");
    }
    admin.get(NO_ONE).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_reveals_whether_another_user_exists() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let gone = {
        let eve = app.user("eve").await;
        eve.delete(&eve.path()).await.expect_status(204);
        eve.path()
    };
    for (method, tail) in [
        ("GET", ""),
        ("HEAD", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("PUT", "/password"),
        ("POST", "/suspend"),
        ("POST", "/reactivate"),
        ("POST", "/lift-throttle"),
    ] {
        let mut refusals = Vec::new();
        for path in [&bob.path(), &gone, NO_ONE] {
            let request = ada.request(method, &format!("{path}{tail}")).header("if-match", "\"9\"").body("{");
            let refused = Answer::to(request).await.expect_status(403);
            let mut headers: Vec<(String, String)> = refused
                .headers
                .iter()
                .filter(|(name, _)| !["x-request-id", "date", "connection"].contains(&name.as_str()))
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            headers.sort();
            assert!(method == "HEAD" || refused.code() == "not_allowed", "{}", refused.text);
            refusals.push((refused.text, headers));
        }
        assert!(refusals.iter().all(|one| *one == refusals[0]), "{method} {tail}: {refusals:#?}");
    }
    bob.get("/v1/me").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_taken_in_their_usual_form_only() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let id = &ada.id;
    admin.get(&format!("/v1/users/{}", id.to_uppercase())).await.expect_status(200);
    let simple = id.replace('-', "");
    for bad in [
        simple.as_str(),
        &format!("%7B{id}%7D"),
        &format!("urn:uuid:{id}"),
        &id[1..],
        &format!("{id}0"),
        &format!("{id}%00"),
        &format!("%20{id}"),
        &id.replace('-', "_"),
        "me",
        "1",
        "-1",
        "null",
        "..",
        "%2e%2e",
        "%ff",
        "*",
    ] {
        let path = format!("/v1/users/{bad}");
        // The client, not the service, resolves dots.
        if bad.starts_with('.') || bad.starts_with("%2e") {
            continue;
        }
        for client in [&*admin, &*ada, &app.nobody()] {
            let refused = client.get(&path).await.expect_problem(400, "invalid_input");
            assert_eq!(refused.faults(), ["/id not_a_uuid"], "{bad}");
        }
    }
    for unused in ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
        admin.get(&format!("/v1/users/{unused}")).await.expect_problem(404, "not_found");
        admin.delete(&format!("/v1/users/{unused}")).await.expect_problem(404, "not_found");
        admin.get(&format!("/v1/users/{unused}/sessions")).await.expect_problem(404, "not_found");
        for owner in [id.as_str(), unused] {
            admin.delete(&format!("/v1/users/{owner}/sessions/{unused}")).await.expect_problem(404, "not_found");
        }
        ada.get(&format!("/v1/users/{unused}")).await.expect_problem(403, "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_never_answers_304() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let request = ada.request("GET", &ada.path()).header("if-none-match", "\"1\"");
    Answer::to(request).await.expect_status(200);
    let request = ada.request("GET", "/v1/me").header("if-none-match", "*");
    Answer::to(request).await.expect_status(200);
}

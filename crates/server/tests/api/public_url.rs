//! A public URL with a path: links, metadata and routes begin with it.

use serde_json::Value;
use usher_testkit::{Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn every_path_in_a_response_begins_with_that_of_the_public_url() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    let admin = app.admin().await;
    for at in ["", "/auth"] {
        let nobody = app.nobody();
        let page = admin.get_with_forms(&format!("{at}/v1/users?limit=1")).await.expect_status(200);
        let mut found = Vec::new();
        hrefs(&page.json, &mut found);
        assert!(found.len() > 8, "{found:?}");
        assert!(found.iter().all(|href| href.starts_with("/auth/v1/")), "{found:?}");
        assert!(
            page.header("link").split(", ").all(|link| link.starts_with("</auth/v1/users?")),
            "{}",
            page.header("link")
        );

        let refused = nobody.with_token("broken").get(&format!("{at}/v1")).await.expect_status(401);
        assert_eq!(refused.href("token").as_deref(), Some("/auth/v1/oauth/token"));
        assert_eq!(nobody.get(&format!("{at}/docs")).await.header("location"), "/auth/docs/");
        nobody.get(&format!("{at}/docs/")).await.expect_status(200);
        let document = nobody.get(&format!("{at}/openapi.json")).await.expect_status(200).json;
        assert_eq!(
            document["components"]["securitySchemes"]["password"]["flows"]["password"]["tokenUrl"],
            "/auth/v1/oauth/token"
        );
        assert_eq!(document["servers"][0]["url"], "/auth");
        nobody.get(&format!("{at}/nowhere")).await.expect_problem(404, "not_found");
        nobody.get(&format!("{at}/v1/register")).await.expect_problem(405, "method_not_allowed");
    }
    let body = serde_json::json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let made = app.nobody().post("/auth/v1/register", &body).await.expect_status(201);
    assert_eq!(made.header("location"), format!("/auth/v1/users/{}", made.json["id"].as_str().unwrap()));
    app.admin().await.get(made.header("location")).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_of_an_issuer_with_a_path_are_where_clients_look_for_them() {
    const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";
    let app = TestApp::with(Options { prefix: "/some/auth".to_owned(), ..Options::default() }).await;
    let nobody = app.nobody();
    let metadata = nobody.get(&format!("{WELL_KNOWN}/some/auth")).await.expect_status(200);
    assert!(metadata.json["issuer"].as_str().unwrap().ends_with("/some/auth"), "{}", metadata.text);
    for same in [
        WELL_KNOWN,
        "/some/auth/.well-known/oauth-authorization-server",
        "/some/auth/.well-known/openid-configuration",
        "/.well-known/openid-configuration/some/auth",
        "/.well-known/openid-configuration",
    ] {
        assert_eq!(nobody.get(same).await.expect_status(200).text, metadata.text);
    }
    for other in ["/other", "/some", "/some/auth/"] {
        nobody.get(&format!("{WELL_KNOWN}{other}")).await.expect_problem(404, "not_found");
    }
}

fn hrefs(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(href) if name == "href" || name == "target" => found.push(href.to_owned()),
                    _ => hrefs(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| hrefs(item, found)),
        _ => {}
    }
}

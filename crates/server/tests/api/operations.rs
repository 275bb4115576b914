//! A row of the table is all that an operation takes: its routes, links, forms and its part of the document follow from it.

use serde_json::{Value, json};
use usher_testkit::{Client, FORMS, Options, PASSWORD, TestApp, altered_table, form_fields};

/// The status and the body of an answer. It is not compared with the document of the released service.
async fn ask(client: &Client, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = client.request(method, path).header("accept", FORMS);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn links_forms_routes_and_the_document_follow_from_the_rows_of_the_table() {
    let app = TestApp::with(Options { table: altered_table(), ..Options::default() }).await;
    let admin = app.admin().await;
    let ada = app.user("ada").await;

    // One row more: a link, and what it leads to.
    let (_, user) = ask(&admin, "GET", &ada.path(), None).await;
    let pause = user["_links"]["pause"]["href"].as_str().unwrap();
    assert_eq!(pause, format!("{}/pause", ada.path()));
    assert_eq!(user["_templates"]["pause"]["method"], "POST");
    let (status, paused) = ask(&admin, "POST", pause, None).await;
    assert_eq!((status, &paused["status"]), (200, &json!("suspended")), "{paused}");
    assert_eq!(paused["_links"].get("pause"), None, "the policy decides about this row too");

    // Another: a link and a form.
    let (_, users) = ask(&admin, "GET", "/v1/users", None).await;
    assert_eq!(users["_links"]["invite"]["href"], "/v1/invitations");
    assert_eq!(form_fields(&users, "invite"), form_fields(&users, "create"));
    let bob = json!({ "username": "bob", "email": "bob@example.com", "password": PASSWORD });
    assert_eq!(ask(&admin, "POST", "/v1/invitations", Some(&bob)).await.0, 201);
    assert_eq!(ask(&app.nobody(), "POST", "/v1/invitations", Some(&bob)).await.0, 401);

    // One row fewer.
    let bob = app.nobody().sign_in("bob", PASSWORD).await;
    assert_eq!(ask(&bob, "POST", "/v1/invitations", Some(&json!({}))).await.0, 403);
    let (_, user) = ask(&admin, "GET", &bob.path(), None).await;
    assert_eq!((user["_links"].get("delete"), user["_templates"].get("delete")), (None, None), "{user}");
    assert_eq!(ask(&admin, "DELETE", &bob.path(), None).await.0, 405);

    let (_, document) = ask(&app.nobody(), "GET", "/openapi.json", None).await;
    assert_eq!(document["paths"]["/v1/invitations"]["post"]["operationId"], "invite_user");
    assert_eq!(document["paths"]["/v1/users/{id}"].get("delete"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_released_table_has_none_of_them() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.user("ada").await;
    let user = admin.get(&ada.path()).await;
    assert_eq!((user.href("pause"), user.href("delete")), (None, Some(ada.path())));
    app.nobody().act("/v1/invitations").await.expect_problem(404, "not_found");
}

//! Connections that a proxy or a pooler has closed, which shows only when they are used again.

use super::forwarder::Forwarder;
use serde_json::json;
use std::time::Duration;
use usher_testkit::{Options, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_closed_unnoticed_fails_no_request() {
    let forwarder = Forwarder::start().await;
    // Without jobs, which would notice it.
    let options = Options { database_url: Some(forwarder.url.clone()), send_mail: false, ..Options::default() };
    let app = TestApp::with(options).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    let token = ada.token["refresh_token"].as_str().unwrap();
    for what in ["read", "list", "search", "export", "change", "sign-in", "refresh"] {
        // Several pooled connections, not one.
        let lists = (0..12).map(|_| admin.get("/v1/users?limit=100"));
        for answer in futures_util::future::join_all(lists).await {
            answer.expect_status(200);
        }
        // Connections are replaced once a second at most.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        forwarder.cut_at_next_use();
        let answer = match what {
            "read" => ada.get(&ada.path()).await,
            "list" => admin.get("/v1/users").await,
            "search" => admin.get("/v1/users?q=ada").await,
            "export" => ada.get(&format!("{}/export", ada.path())).await,
            "change" => ada.patch(&ada.path(), &json!({ "username": "ada1" })).await,
            "sign-in" => app.nobody().password_grant("ada@example.com", PASSWORD).await,
            _ => {
                let refresh = [("grant_type", "refresh_token"), ("refresh_token", token)];
                app.nobody().form("/v1/oauth/token", &refresh).await
            }
        };
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    }
}

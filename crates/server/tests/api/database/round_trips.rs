//! How often a request waits for the database.

use super::forwarder::Forwarder;
use serde_json::json;
use usher_testkit::{Answer, Client, FORMS, Options, PASSWORD, TestApp};

/// How often a request is measured. Plans are made again once a second, which takes a round trip.
const ATTEMPTS: usize = 10;

/// The fewest round trips of a GET.
async fn round_trips(forwarder: &Forwarder, client: &Client, path: &str, media: &str) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..ATTEMPTS {
        let before = forwarder.round_trips();
        Answer::to(client.request("GET", path).header("accept", media)).await.expect_status(200);
        fewest = fewest.min(forwarder.round_trips() - before);
    }
    fewest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_takes_one_round_trip_in_a_session_and_with_a_key_and_with_forms() {
    let forwarder = Forwarder::start().await;
    // Without jobs, which use the database too.
    let options = Options { database_url: Some(forwarder.url.clone()), send_mail: false, ..Options::default() };
    let app = TestApp::with(options).await;
    let permissions = ["users.read", "users.update", "users.assign-role", "roles.read"];
    let (sam, ada) = (app.user_with("sam", "support", &permissions).await, app.user("ada").await);
    let keys = format!("{}/api-keys", sam.path());
    let scopes = [&["account.read"][..], &permissions].concat();
    let body = json!({ "name": "script", "scopes": scopes, "current_password": PASSWORD });
    let created = sam.post(&keys, &body).await.expect_status(201).json;
    let script = app.nobody().with_token(created["key"].as_str().unwrap());
    let own = format!("{keys}/{}", created["id"].as_str().unwrap());
    for client in [&*sam, &script] {
        for media in ["application/json", FORMS] {
            for path in ["/v1", "/v1/me", &sam.path(), &ada.path(), &own, "/v1/roles/support"] {
                assert_eq!(round_trips(&forwarder, client, path, media).await, 1, "{path} as {media}");
            }
            assert!(round_trips(&forwarder, client, "/v1/users", media).await > 1, "a list is another statement");
        }
    }
}

//! API keys at a service that runs as operators run it.

use crate::home::Home;
use chrono::DateTime;
use serde_json::json;
use usher_testkit::PASSWORD;

const SECRET: &str = "a-long-secret-of-the-ledger";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lives_as_long_as_the_operator_allows_and_is_introspected_and_never_logged() {
    let home = Home::with_database()
        .await
        .set("USHER_API_KEY_MAX_TTL", "2h")
        .set("USHER_INTROSPECTION_CLIENTS", &format!("ledger:{SECRET}"))
        .set("USHER_LOG", "debug");
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let keys = format!("{}/api-keys", ada.path());
    let mut body = json!({ "name": "report", "scopes": ["account.read"], "current_password": PASSWORD });
    let created = ada.post(&keys, &body).await.expect_status(201).json;
    let time = |name: &str| DateTime::parse_from_rfc3339(created[name].as_str().unwrap()).unwrap();
    assert_eq!((time("expires_at") - time("created_at")).num_hours(), 2);
    body["expires_at"] = json!((time("expires_at") + chrono::TimeDelta::hours(1)).to_rfc3339());
    assert_eq!(ada.post(&keys, &body).await.expect_status(400).faults(), ["/expires_at too_late"]);

    let key = created["key"].as_str().unwrap();
    nobody.with_token(key).get("/v1/me").await.expect_status(200);
    let seen = nobody.introspect("ledger", SECRET, key).await.expect_status(200).json;
    assert_eq!((&seen["token_type"], &seen["scope"]), (&json!("api_key"), &json!("account.read")));
    assert_eq!((&seen["username"], seen["exp"].as_i64()), (&json!("ada"), Some(time("expires_at").timestamp())));
    ada.delete(&keys).await.expect_status(204);
    assert_eq!(nobody.introspect("ledger", SECRET, key).await.expect_status(200).json, json!({ "active": false }));
    service.terminate().await;
    assert!(!home.log().contains(&key[14..]), "the key is in the log");
}

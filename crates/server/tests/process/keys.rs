//! `usher keys`, with running services.

use crate::home::{Home, Service};
use usher_testkit::{Client, PASSWORD, Person};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

async fn ada(home: &Home, service: &Service) -> Person {
    let create = ["user", "create", "ada", "ada@example.com"];
    home.run_with_input(&create, PASSWORD).await.expect_success();
    service.client().sign_in("ada", PASSWORD).await
}

/// The ids of the public keys.
async fn published(client: &Client) -> Vec<String> {
    let jwks = client.get("/.well-known/jwks.json").await.expect_status(200);
    jwks.json["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_changed_while_a_service_runs_on_its_private_postgres() {
    let home = Home::new();
    let service = home.serve().await;
    let ada = ada(&home, &service).await;
    let said = home.run(&["keys", "rotate"]).await.expect_success();
    let keys = published(&service.client()).await;
    assert_eq!(keys.len(), 2);
    assert!(said.starts_with(&format!("{} is published and signs from ", keys[1])), "{said}");
    ada.get("/v1/me").await.expect_status(200);
    let said = home.run(&["keys", "revoke"]).await.expect_success();
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    let keys = published(&service.client()).await;
    assert_eq!(said, format!("{} signs from now on; revoked: 2\n", keys[0]));
    assert_eq!(keys.len(), 1);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_refuses_revoked_keys_at_once_and_refresh_tokens_go_on() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", SECRET).set("USHER_PUBLIC_URL", "http://id.test");
    let (one, two) = (home.serve().await, home.serve().await);
    let ada = ada(&home, &one).await;
    let elsewhere = two.client().with_token(ada.access_token().unwrap());
    elsewhere.get("/v1/me").await.expect_status(200);
    home.run(&["keys", "rotate"]).await.expect_success();
    assert_eq!(published(&one.client()).await, published(&two.client()).await);
    elsewhere.get("/v1/me").await.expect_status(200);
    home.run(&["keys", "revoke"]).await.expect_success();
    elsewhere.get("/v1/me").await.expect_problem(401, "invalid_token");
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");
    let grant = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    let next = two.client().form("/v1/oauth/token", &grant).await.expect_status(200);
    let next = next.json["access_token"].as_str().unwrap();
    for service in [one, two] {
        service.client().with_token(next).get("/v1/me").await.expect_status(200);
        service.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_has_lost_the_secret_key_gets_an_error_and_can_create_new_keys() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", SECRET);
    let service = home.serve().await;
    let ada = ada(&home, &service).await;
    service.terminate().await;
    let home = home.set("USHER_SECRET_KEY", "another secret key, as long as the first");
    for command in [&["serve"][..], &["keys", "rotate"], &["keys", "revoke"]] {
        let complaint = home.run(command).await.expect_failure();
        assert!(complaint.contains("USHER_SECRET_KEY: signing key"), "{complaint}");
        assert!(complaint.contains("usher keys revoke --secret-lost"), "{complaint}");
    }
    home.run(&["keys", "revoke", "--secret-lost"]).await.expect_success();
    let service = home.serve().await;
    service.client().with_token(ada.access_token().unwrap()).get("/v1/me").await.expect_problem(401, "invalid_token");
    let grant = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    service.client().form("/v1/oauth/token", &grant).await.expect_status(200);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_without_a_key_to_revoke_is_an_error() {
    let home = Home::with_database().await;
    let complaint = home.run(&["keys", "revoke"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY is not set"), "{complaint}");
    assert!(!home.data_dir().exists());
    let home = home.set("USHER_SECRET_KEY", SECRET);
    for command in [&["keys", "revoke"][..], &["keys", "revoke", "--secret-lost"]] {
        let complaint = home.run(command).await.expect_failure();
        assert!(complaint.contains("no key to revoke"), "{complaint}");
    }
    home.run(&["keys", "rotate"]).await.expect_success();
    assert!(home.run(&["keys", "revoke"]).await.expect_success().ends_with("revoked: 1\n"));
}

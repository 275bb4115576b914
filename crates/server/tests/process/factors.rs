//! Second factors at a service that runs as operators run it, and what they do from the shell.

use crate::home::Home;
use chrono::Utc;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use usher_testkit::{Device, PASSWORD, Person};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The secret of the examples of RFC 6238 in base32.
const RFC_6238: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Gives a user a confirmed authenticator app.
async fn confirm(owner: &Person) -> Value {
    let factors = format!("{}/factors", owner.path());
    let enrolled = owner.act(&format!("{factors}/totp")).await.expect_status(201).json;
    let secret = Secret::try_from_base32(enrolled["secret"].as_str().unwrap()).unwrap();
    let app = Builder::new().with_secret(secret.as_bytes().to_vec()).build_noncompliant();
    let code = app.generate(u64::try_from(Utc::now().timestamp()).unwrap()).to_string();
    let path = format!("{factors}/{}/confirm", enrolled["id"].as_str().unwrap());
    owner.post(&path, &json!({ "code": code })).await.expect_status(200);
    enrolled
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_resets_the_factors_of_a_user_who_has_lost_them() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", SECRET).set("USHER_LOG", "debug");
    let service = home.serve().await;
    for name in ["ada", "root"] {
        let create = [
            "user",
            "create",
            name,
            &format!("{name}@example.com"),
            "--role",
            if name == "root" { "admin" } else { "user" },
        ];
        home.run_with_input(&create, PASSWORD).await.expect_success();
    }
    let complaint =
        async |arguments: &[&str]| home.run(&[&["user", "reset-factors"], arguments].concat()).await.expect_failure();
    assert!(complaint(&["nobody"]).await.contains("there is no user nobody"));
    assert!(complaint(&["ada"]).await.contains("ada has no second factors"));
    assert!(complaint(&["ada", "--mail"]).await.contains("ada has no second factors"));

    let ada = service.client().sign_in("ada", PASSWORD).await;
    let enrolled = confirm(&ada).await;
    let done = home.run(&["user", "reset-factors", "ada"]).await.expect_success();
    assert_eq!(done, "ada has no second factors any more\n");
    ada.get("/v1/me").await.expect_problem(401, "invalid_token");

    let ada = service.client().sign_in("ada", PASSWORD).await;
    confirm(&ada).await;
    let done = home.run(&["user", "reset-factors", "ada", "--mail"]).await.expect_success();
    assert!(done.contains("a link to choose a new one will be mailed"), "{done}");
    service.client().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");

    // Without a password, the last admin could not sign in.
    let root = service.client().sign_in("root", PASSWORD).await;
    confirm(&root).await;
    assert!(complaint(&["root", "--mail"]).await.contains("root is the last active admin with a password"));
    root.get("/v1/me").await.expect_status(200);
    home.run(&["user", "reset-factors", "root"]).await.expect_success();
    service.terminate().await;
    let log = home.log();
    assert!(!log.contains(enrolled["secret"].as_str().unwrap()), "the secret is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_counts_secrets_that_the_secret_key_does_not_decrypt() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", SECRET);
    let service = home.serve().await;
    let file = format!("username,email,totp_secret\nada,ada@example.com,{RFC_6238}\nbob,bob@example.com,\n");
    let file = home.file("users.csv", &file);
    home.run(&["user", "import", &file]).await.expect_success();
    service.terminate().await;
    let said = home.run(&["check"]).await.expect_success();
    assert!(!said.contains("authenticator app"), "{said}");
    let home = home.set("USHER_SECRET_KEY", &SECRET.to_uppercase());
    // The signing keys are replaced, the secrets of users cannot be.
    home.run(&["keys", "revoke", "--secret-lost"]).await.expect_success();
    let said = home.run(&["check"]).await.expect_success();
    assert!(said.contains("the secrets of 1 authenticator apps"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_of_another_domain_are_counted_at_start_and_by_the_check() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", SECRET).set("USHER_LOG", "warn");
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let mut device = Device { origin: format!("http://localhost:{}", service.port()), ..Device::new() };
    ada.enrol_passkey(&mut device).await;
    service.client().sign_in_with(&mut device).await.expect_status(200);
    service.terminate().await;
    assert!(!home.run(&["check"]).await.expect_success().contains("passkeys"));
    assert!(!home.log().contains("passkeys"), "{}", home.log());

    let home = home.set("USHER_PUBLIC_URL", "https://id.example.com");
    let warning = "passkeys that are not for the domain id.example.com, and do not work: 1";
    let said = home.run(&["check"]).await.expect_success();
    assert!(said.contains(warning), "{said}");
    home.serve().await.terminate().await;
    assert!(home.log().contains(warning), "{}", home.log());
}

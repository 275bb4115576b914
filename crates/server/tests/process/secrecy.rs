//! Secrets are seen by nobody: not in a log, not in the list of processes.

use crate::home::Home;
use std::fs;
use usher_testkit::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_or_in_the_list_of_processes() {
    let key = "a secret key for this test alone, 7c1f";
    let home = Home::new()
        .set("USHER_LOG", "trace")
        .set("USHER_SECRET_KEY", key)
        .set("USHER_ADMIN_USERNAME", "boss")
        .set("USHER_ADMIN_EMAIL", "boss@example.com")
        .set("USHER_ADMIN_PASSWORD", PASSWORD);
    let service = home.serve().await;
    let nobody = service.client();
    let wrong = "the-wrong-password-4711";
    let next = "the-next-password-4712";
    nobody.register("ada").await.expect_status(201);
    nobody.password_grant("ada", wrong).await.expect_problem(400, "invalid_grant");
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let boss = nobody.sign_in("boss", PASSWORD).await;
    let token = ada.access_token().unwrap().to_owned();
    let forged = format!("{token}x");
    nobody.with_token(&forged).get("/v1/me").await.expect_status(401);
    ada.get("/v1/users?q=somebodys-secret-name").await.expect_status(403);
    let page = boss.get("/v1/users?limit=1&q=example.com").await.expect_status(200);
    let cursor = page.href("next").unwrap();
    boss.get(&cursor).await.expect_status(200);
    let cursor = cursor.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let refresh_token = ada.token["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    let refreshed = nobody.form("/v1/oauth/token", &refresh).await.expect_status(200);
    let body = serde_json::json!({ "current_password": PASSWORD, "new_password": next });
    ada.put(&format!("{}/password", ada.path()), &body).await.expect_status(204);

    let processes = home.processes().join("\n");
    service.terminate().await;
    let log = home.log();
    let postgres = fs::read_to_string(home.data_dir().join("postgres.log")).unwrap();
    let secrets = [
        key,
        PASSWORD,
        wrong,
        next,
        &token,
        token.rsplit_once('.').unwrap().1,
        boss.access_token().unwrap(),
        refresh_token,
        refreshed.json["access_token"].as_str().unwrap(),
        refreshed.json["refresh_token"].as_str().unwrap(),
        "somebodys-secret-name",
        &cursor,
        "$2b$",
    ];
    for secret in secrets {
        for (place, text) in [("log", &log), ("Postgres's log", &postgres), ("list of processes", &processes)] {
            assert!(!text.contains(secret), "{secret} is in the {place}");
        }
    }
    assert!(log.contains("\"level\":\"TRACE\""), "the log is not as talkative as was asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn children_do_not_inherit_secrets() {
    let home = Home::new().set("USHER_SECRET_KEY", "a secret key that no child may ever see");
    let service = home.serve().await;
    let environments = home.environments();
    assert!(environments.len() > 3, "{environments:?}");
    let with_key = environments.iter().filter(|environment| environment.contains("no child may ever see"));
    assert_eq!(with_key.count(), 1);
    service.terminate().await;
}

//! Secrets appear neither in a log nor in the list of processes.

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

#[tokio::test(flavor = "multi_thread")]
async fn programs_of_the_path_see_no_secret_and_do_not_run_as_root() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let home = Home::new();
    let (bin, seen) = (home.data_dir().with_file_name("bin"), home.data_dir().with_file_name("seen"));
    for folder in [&bin, &seen] {
        fs::create_dir(folder).unwrap();
    }
    fs::set_permissions(&seen, fs::Permissions::from_mode(0o777)).unwrap();
    let real = usher_private_postgres::Binaries::find()[0].dir().to_owned();
    // These wrappers precede the real programs in `PATH`, and record their arguments.
    for name in ["pg_config", "postgres", "initdb", "ps"] {
        let real = if name == "ps" { "/bin/ps".into() } else { real.join(name) };
        let (seen, real) = (seen.display(), real.display());
        let script = format!("#!/bin/sh\n{{ id -u; env; }} >{seen}/{name}.$$\nexec {real} \"$@\"\n");
        fs::write(bin.join(name), script).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let secret = "a secret that no program may ever see";
    let home = home
        .set("PATH", &format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .set("USHER_SECRET_KEY", secret)
        .set("USHER_SMTP_URL", &format!("smtp://127.0.0.1:1/{}", secret.replace(' ', "-")))
        .set("USHER_MAIL_FROM", "usher@example.com");
    home.serve().await.terminate().await;
    let mut names = std::collections::BTreeSet::new();
    for entry in fs::read_dir(&seen).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(!text.contains("no program may") && !text.contains("no-program-may"), "{name}: {text}");
        assert!(!text.contains("USHER_"), "{name}: {text}");
        assert_ne!(text.lines().next(), Some("0"), "{name} runs as root");
        names.insert(name);
    }
    for name in ["pg_config", "postgres", "initdb"] {
        assert!(names.contains(name), "{name} was not run: {names:?}");
    }
}

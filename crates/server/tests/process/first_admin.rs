//! The first admin, and how its password is shown.

use crate::home::Home;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{
    fs::{self, File, OpenOptions},
    io::Read,
    os::unix::fs::PermissionsExt,
};
use usher_testkit::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn on_a_private_postgres_there_is_an_admin_whose_password_is_in_a_file_for_its_owner_alone() {
    let home = Home::new();
    let service = home.serve().await;
    let path = home.data_dir().join("admin_password");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let password = fs::read_to_string(&path).unwrap();
    assert!(home.log().contains(path.to_str().unwrap()), "{}", home.log());
    let admin = service.client().sign_in("admin", password.trim_end()).await;
    assert_eq!(admin.get("/v1/me").await.json["role"], "admin");
    service.terminate().await;
    // It is made once.
    fs::remove_file(&path).unwrap();
    home.serve().await.terminate().await;
    assert!(!path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_password_is_shown_once_and_kept_nowhere() {
    let home = Home::new();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let screen = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let screen = OpenOptions::new().read(true).write(true).open(screen).unwrap();
    let mut child = home.command(&["serve"]).stderr(screen.try_clone().unwrap()).spawn().unwrap();
    let mut shown = String::new();
    let mut terminal = File::from(terminal);
    let password = tokio::task::spawn_blocking(move || {
        let mut bytes = [0; 4096];
        while !shown.contains("It is not shown again") {
            let read = terminal.read(&mut bytes).unwrap();
            shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        let (_, after) = shown.split_once("with the password").unwrap();
        after.split_whitespace().next().unwrap().to_owned()
    })
    .await
    .unwrap();
    child.kill().await.unwrap();
    assert!(!home.data_dir().join("admin_password").exists());

    let service = home.serve().await;
    service.client().sign_in("admin", &password).await;
    assert!(!home.log().contains(&password));
    assert!(!home.data_dir().join("admin_password").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_name_the_first_admin() {
    let home = Home::with_database().await;
    let file = home.file("password", &format!("{PASSWORD}\n"));
    let home = home
        .set("USHER_ADMIN_USERNAME", "boss")
        .set("USHER_ADMIN_EMAIL", "boss@example.com")
        .set("USHER_ADMIN_PASSWORD_FILE", &file);
    let service = home.serve().await;
    let boss = service.client().sign_in("boss", PASSWORD).await;
    assert_eq!(boss.get("/v1/me").await.json["role"], "admin");
    service.terminate().await;
    // Once there is an admin, the settings change nothing.
    let home = home.set("USHER_ADMIN_USERNAME", "boss2").set("USHER_ADMIN_EMAIL", "boss2@example.com");
    let service = home.serve().await;
    service.client().password_grant("boss2", PASSWORD).await.expect_problem(400, "invalid_grant");
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_the_first_admin_go_together_and_keep_the_rules() {
    let complaint = async |username: &str, email: &str, password: &str| {
        let mut home = Home::with_database().await;
        for (name, value) in
            [("USHER_ADMIN_USERNAME", username), ("USHER_ADMIN_EMAIL", email), ("USHER_ADMIN_PASSWORD", password)]
        {
            if !value.is_empty() {
                home = home.set(name, value);
            }
        }
        let complaint = home.run(&["serve"]).await.expect_failure();
        let checked = home.run(&["check"]).await.expect_failure();
        assert_eq!(checked.lines().last(), complaint.lines().last(), "a check reports what would happen");
        complaint
    };
    let incomplete = complaint("boss", "boss@example.com", "").await;
    assert!(incomplete.contains("USHER_ADMIN_PASSWORD"), "{incomplete}");
    let incomplete = complaint("", "", PASSWORD).await;
    assert!(incomplete.contains("USHER_ADMIN_USERNAME"), "{incomplete}");
    let invalid = complaint("a b", "boss@example.com", PASSWORD).await;
    assert!(invalid.contains("USHER_ADMIN_USERNAME"), "{invalid}");
    let invalid = complaint("boss", "nonsense", PASSWORD).await;
    assert!(invalid.contains("USHER_ADMIN_EMAIL"), "{invalid}");
    let weak = complaint("boss", "boss@example.com", "password1").await;
    assert!(weak.contains("USHER_ADMIN_PASSWORD") && !weak.contains("password1"), "{weak}");
    let personal = complaint("bossofmany", "boss@example.com", "bossofmany").await;
    assert!(personal.contains("USHER_ADMIN_PASSWORD") && !personal.contains(": bossofmany"), "{personal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_users_are_never_promoted() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    service.terminate().await;
    let home = home.set("USHER_ADMIN_PASSWORD", PASSWORD).set("USHER_ADMIN_EMAIL", "boss@example.com");
    let home = home.set("USHER_ADMIN_USERNAME", "Ada");
    for command in ["serve", "check"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(complaint.contains("USHER_ADMIN_USERNAME"), "{command}: {complaint}");
    }
    let home = home.set("USHER_ADMIN_USERNAME", "boss").set("USHER_ADMIN_EMAIL", "ADA@example.com");
    for command in ["serve", "check"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(complaint.contains("USHER_ADMIN_EMAIL"), "{command}: {complaint}");
    }
    let list = home.run(&["user", "list"]).await.expect_success();
    assert!(list.contains(" user ") && !list.contains(" admin "), "{list}");
}

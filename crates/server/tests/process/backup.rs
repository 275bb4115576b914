//! A backup as the manual has it, the loss of everything, and the way back.

use crate::home::Home;
use std::process::Command;
use usher_persistence::embedded::Binaries;
use usher_testkit::{PASSWORD, empty_database, new_database};

const SECRET: &str = "the secret key, kept apart from the backup";

/// Runs one of Postgres's own programs, which must succeed.
fn postgres(program: &str, arguments: &[&str]) {
    let binaries = Binaries::find().into_iter().next().unwrap();
    let output = Command::new(binaries.dir().join(program)).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

fn home(database: &str, secret: &str) -> Home {
    let home = Home::new().set("DATABASE_URL", database).set("USHER_SECRET_KEY", secret);
    home.set("USHER_PUBLIC_URL", "https://id.example.com")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_is_there_again_after_everything_was_lost() {
    let database = new_database().await;
    let before = home(&database, SECRET);
    let service = before.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let dump = before.file("usher.dump", "");
    // While the service runs.
    postgres("pg_dump", &["--format=custom", &format!("--file={dump}"), &database]);
    service.client().register("grace").await.expect_status(201);
    service.terminate().await;

    let elsewhere = empty_database().await;
    postgres("pg_restore", &["--clean", "--if-exists", &format!("--dbname={elsewhere}"), &dump]);
    let after = home(&elsewhere, SECRET);
    let service = after.serve().await;
    let nobody = service.client();
    assert_eq!(nobody.sign_in("ada", PASSWORD).await.id, ada.id);
    // The session of before goes on: its access token, signed by a key of the backup, and its refresh token.
    let again = nobody.with_token(ada.access_token().unwrap()).get("/v1/me").await.expect_status(200);
    assert_eq!(again.json["id"], ada.id.as_str());
    let refresh_token = ada.token["refresh_token"].as_str().unwrap();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    nobody.form("/v1/oauth/token", &refresh).await.expect_status(200);
    // Her sign-in is in the trail, and it is as unchangeable as it was.
    let events = nobody.with_token(ada.access_token().unwrap()).get(&format!("{}/audit-events", ada.path())).await;
    assert!(events.expect_status(200).json["total"].as_i64().unwrap() >= 3);
    // Whoever came after the backup is not there.
    nobody.register("grace").await.expect_status(201);
    service.terminate().await;

    let complaint = home(&elsewhere, "another secret key, which opens nothing").run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY"), "{complaint}");
}

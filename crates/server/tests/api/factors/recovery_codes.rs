//! Creating recovery codes.

use super::{confirmed, event, factors_of, list, path_of};
use serde_json::{Value, json};
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_void_all_former_ones() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let path = format!("{}/recovery-codes", factors_of(&ada));
    ada.act(&path).await.expect_problem(409, "no_factors");
    let former = confirmed(&app, &ada).await["recovery_codes"].clone();
    let mut sql = app.sql().await;
    // As if three were used.
    sql.execute("DELETE FROM recovery_codes WHERE digest IN (SELECT digest FROM recovery_codes LIMIT 3)").await;
    let factor = list(&ada).await.into_iter().find(|factor| factor["type"] == "recovery_codes").unwrap();
    assert_eq!(factor["remaining"], 7);
    let digests = "SELECT encode(digest, 'hex') AS digest FROM recovery_codes";
    let before = sql.rows(digests).await;

    let created = ada.act(&path).await.expect_status(201);
    assert_eq!(created.header("location"), path_of(&ada, &factor));
    assert_eq!((created.header("etag"), created.links()), ("\"2\"", vec!["self".to_owned()]));
    assert_eq!((&created.json["type"], &created.json["remaining"]), (&json!("recovery_codes"), &json!(10)));
    let codes = created.json["recovery_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| !former.as_array().unwrap().contains(code)));
    let after = sql.rows(digests).await;
    assert!(after.len() == 10 && after.iter().all(|digest| !before.contains(digest)));
    let read = ada.get(created.header("location")).await.expect_status(200);
    assert!(read.json.get("recovery_codes").is_none() && read.header("etag") == "\"2\"");

    let mails = app.mails_to("ada@example.com", 3).await;
    assert!(mails.iter().any(|mail| mail.subject == "New recovery codes were created for your account"));
    let expected: Value = json!([{ "field": "recovery_codes", "from": "7", "to": "10" }]);
    assert_eq!(event(&ada, "recovery_codes_created").await["changes"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_set_of_codes_is_whole_whoever_comes_last() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    confirmed(&app, &ada).await;
    let path = format!("{}/recovery-codes", factors_of(&ada));
    let together = futures_util::future::join_all((0..4).map(|_| ada.act(&path))).await;
    assert!(together.iter().all(|answer| answer.status == 201));
    assert_eq!(app.sql().await.rows("SELECT digest FROM recovery_codes").await.len(), 10);
}

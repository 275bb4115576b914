//! Reading, renaming and removing factors.

use super::{confirmed, enrol, event, factors_of, list, path_of, seconds};
use serde_json::{Value, json};
use usher_domain::policy::RequireMfa;
use usher_testkit::{Answer, Device, Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_is_renamed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let factor = confirmed(&app, &ada).await;
    let path = path_of(&ada, &factor);
    let version =
        || async { app.sql().await.rows("SELECT factors_version FROM users WHERE username = 'ada'").await[0].clone() };
    let before = version().await;
    let renamed = ada.patch(&path, &json!({ "name": "new phone" })).await.expect_status(200);
    assert_eq!((&renamed.json["name"], renamed.header("etag")), (&json!("new phone"), "\"3\""));
    assert_eq!(ada.get(&path).await.json, renamed.json);
    assert_eq!(ada.patch(&path, &json!({ "name": "new phone" })).await.expect_status(200).header("etag"), "\"3\"");
    let stale = ada.request("PATCH", &path).header("if-match", "\"2\"").json(&json!({ "name": "x" }));
    Answer::to(stale).await.expect_problem(412, "precondition_failed");
    assert_eq!(ada.patch(&path, &json!({})).await.expect_problem(400, "invalid_input").faults(), ["/name required"]);
    assert_eq!(version().await, before, "a sign-in that has begun goes on");
    let event = event(&ada, "factor_renamed").await;
    let expected = json!([
        { "field": "factor", "from": null, "to": factor["id"] },
        { "field": "name", "from": null, "to": null },
    ]);
    assert_eq!(event["changes"], expected, "names are not recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_recovery_codes_go_with_the_last_factor() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (one, two) = (confirmed(&app, &ada).await, confirmed(&app, &ada).await);
    ada.delete(&path_of(&ada, &one)).await.expect_status(204);
    assert_eq!(list(&ada).await.len(), 2);
    assert_eq!(app.sql().await.rows("SELECT id FROM users WHERE has_factors").await.len(), 1);
    let former = event(&ada, "factor_removed").await;
    let gone = |factor: &Value| json!({ "field": "factor", "from": factor["id"], "to": null });
    let kind = json!({ "field": "type", "from": "totp", "to": null });
    assert_eq!(former["changes"], json!([gone(&one), kind]));

    ada.delete(&path_of(&ada, &two)).await.expect_status(204);
    let page = ada.get(&factors_of(&ada)).await.expect_status(200);
    assert_eq!(
        (&page.json["total"], page.links()),
        (&json!(0), vec!["enrol-totp", "first", "passkey-options", "self"].into_iter().map(str::to_owned).collect())
    );
    let mut sql = app.sql().await;
    assert_eq!(sql.rows("SELECT id FROM users WHERE has_factors").await.len(), 0);
    assert_eq!(sql.rows("SELECT digest FROM recovery_codes").await.len(), 0);
    let last = event(&ada, "factor_removed").await;
    let codes = json!({ "field": "recovery_codes", "from": "10", "to": "0" });
    assert_eq!(last["changes"], json!([gone(&two), kind, codes]));
    let mails = app.mails_to("ada@example.com", 5).await;
    let removed = mails.iter().filter(|mail| mail.subject == "A second factor was removed from your account");
    assert_eq!(removed.count(), 2);
    // It starts from the beginning.
    assert_eq!(confirmed(&app, &ada).await["recovery_codes"].as_array().unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_confirmed_is_removed_without_ado() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    ada.delete(&path_of(&ada, &enrolled)).await.expect_status(204);
    ada.delete(&path_of(&ada, &enrolled)).await.expect_problem(404, "not_found");
    assert_eq!(event(&ada, "factor_removed").await, json!(null));
    app.all_mail_sent().await;
    assert_eq!(app.mails_to("ada@example.com", 1).await.len(), 1, "the one that confirms the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_factor_stays_where_one_is_required() {
    let app = TestApp::with(Options { require_mfa: RequireMfa::All, ..Options::default() }).await;
    let ada = app.user("ada").await;
    let (one, two) = (confirmed(&app, &ada).await, confirmed(&app, &ada).await);
    ada.delete(&path_of(&ada, &two)).await.expect_status(204);
    assert_eq!(ada.get(&path_of(&ada, &one)).await.expect_status(200).links(), ["self", "update"]);
    ada.delete(&path_of(&ada, &one)).await.expect_problem(409, "last_way_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_factors_are_limited_like_other_changes_to_the_account() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let factor = confirmed(&app, &ada).await;
    let path = path_of(&ada, &factor);
    let rename = async |name: &str| ada.patch(&path, &json!({ "name": name })).await;
    // The enrolment was one of 120.
    for n in 0..116 {
        rename(&n.to_string()).await.expect_status(200);
    }
    rename("115").await.expect_status(200);
    let codes = format!("{}/recovery-codes", factors_of(&ada));
    ada.act(&codes).await.expect_status(201);
    let enrolled = enrol(&ada).await;
    ada.delete(&path_of(&ada, &enrolled)).await.expect_status(204);
    let totp = format!("{}/totp", factors_of(&ada));
    for limited in [rename("another").await, ada.act(&codes).await, ada.act(&totp).await, ada.delete(&path).await] {
        limited.expect_problem(429, "too_many_attempts");
    }
    let begun = ada.passkey_options().await.expect_status(200).json;
    let credential = Device::new().create(&begun["public_key"]).await;
    ada.send_passkey(&begun["ceremony"], &credential).await.expect_problem(429, "too_many_attempts");
    app.clock.advance(seconds(30));
    ada.send_passkey(&begun["ceremony"], &credential).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_mailed_however_many_there_are() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for _ in 0..7 {
        let factor = confirmed(&app, &ada).await;
        ada.post(&format!("{}/recovery-codes", factors_of(&ada)), &json!({})).await.expect_status(201);
        ada.delete(&path_of(&ada, &factor)).await.expect_status(204);
    }
    app.all_mail_sent().await;
    let mails = app.mails_to("ada@example.com", 1).await;
    for subject in [
        "A second factor was added to your account",
        "New recovery codes were created for your account",
        "A second factor was removed from your account",
    ] {
        assert_eq!(mails.iter().filter(|mail| mail.subject == subject).count(), 7, "{subject}");
    }
}

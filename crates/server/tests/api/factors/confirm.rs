//! Confirming authenticator apps.

use super::{code, confirm, confirmed, enrol, event, factors_of, list, methods, path_of, seconds};
use serde_json::{Value, json};
use std::collections::HashSet;
use usher_testkit::{Answer, Device, PASSWORD, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_factor_comes_with_ten_recovery_codes() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    let answer = confirm(&ada, &enrolled, &code(&enrolled["secret"], app.clock.now())).await.expect_status(200);
    assert_eq!((&answer.json["id"], &answer.json["confirmed"]), (&enrolled["id"], &json!(true)));
    assert_eq!(answer.header("etag"), "\"2\"");
    assert_eq!(answer.links(), ["remove", "self", "update"]);
    let codes: HashSet<&str> =
        answer.json["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() >= 13), "64 bits take 13 digits of base 32: {codes:?}");

    let factors = list(&ada).await;
    let [recovery, totp] = &factors[..] else { panic!("{factors:?}") };
    assert_eq!(totp["confirmed"], true);
    let expected = ("recovery_codes", "Recovery codes", true, 10);
    let shown = (&recovery["type"], &recovery["name"], &recovery["confirmed"], &recovery["remaining"]);
    assert_eq!(shown, (&json!(expected.0), &json!(expected.1), &json!(expected.2), &json!(expected.3)));
    let links: Vec<&String> = recovery["_links"].as_object().unwrap().keys().collect();
    assert_eq!(links, ["self"]);
    for change in
        [ada.delete(&path_of(&ada, recovery)).await, ada.patch(&path_of(&ada, recovery), &json!({ "name": "x" })).await]
    {
        change.expect_problem(403, "not_allowed");
    }
    let stored = app.sql().await.rows("SELECT encode(digest, 'hex') AS digest FROM recovery_codes").await;
    assert_eq!(stored.len(), 10);
    let dump = app.sql().await.rows("SELECT * FROM recovery_codes").await;
    assert!(dump.iter().all(|row| codes.iter().all(|code| !row.to_string().contains(code))));

    // Another one brings none.
    let second = confirmed(&app, &ada).await;
    assert!(second.get("recovery_codes").is_none(), "{second}");
    assert_eq!(list(&ada).await.iter().filter(|factor| factor["type"] == "recovery_codes").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_that_confirms_the_first_factor_has_proved_it_and_no_other_has() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (elsewhere, with_former_factor) =
        (app.nobody().sign_in("ada", PASSWORD).await, app.nobody().sign_in("ada", PASSWORD).await);
    // As after a sign-in with a factor that was removed since.
    let former = format!("UPDATE sessions SET methods = 35 WHERE id = '{}'", session_id(&with_former_factor).await);
    app.sql().await.execute(&former).await;
    assert_eq!(methods(&ada).await, json!(["pwd"]));
    let since = || async {
        let page = ada.get(&format!("{}/sessions", ada.path())).await.expect_status(200).json;
        let sessions = page["_embedded"]["sessions"].as_array().unwrap().clone();
        sessions.into_iter().find(|session| session["current"] == true).unwrap()["authenticated_at"].clone()
    };
    let before = since().await;
    app.clock.advance(seconds(60));
    confirmed(&app, &ada).await;
    assert_eq!(methods(&ada).await, json!(["pwd", "otp", "mfa"]));
    assert_eq!(since().await, before, "the password was not proved again");
    assert_eq!(methods(&elsewhere).await, json!(["pwd"]));
    assert_eq!(methods(&with_former_factor).await, json!(["pwd", "otp"]));
    let totp = format!("{}/totp", factors_of(&ada));
    for stale in [&elsewhere, &with_former_factor] {
        stale.act(&totp).await.expect_problem(401, "insufficient_user_authentication");
    }
    ada.act(&totp).await.expect_status(201);
    // The second one changes no other session.
    app.sql().await.execute(&former).await;
    confirmed(&app, &ada).await;
    assert_eq!(methods(&with_former_factor).await, json!(["pwd", "otp", "mfa"]));
}

async fn session_id(person: &usher_testkit::Person) -> String {
    let page = person.get(&format!("{}/sessions", person.path())).await.expect_status(200).json;
    let sessions = page["_embedded"]["sessions"].as_array().unwrap();
    sessions.iter().find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_codes_of_this_step_and_of_its_neighbours_are_accepted() {
    let app = TestApp::start().await;
    for (name, offset, is_accepted) in
        [("ada1", -90, false), ("ada2", -30, true), ("ada3", 0, true), ("ada4", 30, true), ("ada5", 90, false)]
    {
        let person = app.user(name).await;
        let enrolled = enrol(&person).await;
        let at = app.clock.now() + seconds(offset);
        let answer = confirm(&person, &enrolled, &code(&enrolled["secret"], at)).await;
        if is_accepted {
            answer.expect_status(200);
            let step = at.timestamp() / 30;
            let stored = app
                .sql()
                .await
                .rows("SELECT last_step FROM factors WHERE type = 'totp' ORDER BY id DESC LIMIT 1")
                .await;
            assert_eq!(stored[0]["last_step"], step, "the code is used up");
        } else {
            assert_eq!(answer.expect_problem(400, "invalid_input").faults(), ["/code wrong_code"], "{offset}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_code_confirms_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    let code = code(&enrolled["secret"], app.clock.now());
    let together = futures_util::future::join_all((0..4).map(|_| confirm(&ada, &enrolled, &code))).await;
    let first: Vec<&Answer> = together.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].json["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(together.iter().filter(|answer| answer.code() == "already_confirmed").count(), 3);
    confirm(&ada, &enrolled, "000000").await.expect_problem(409, "already_confirmed");
    assert_eq!(app.sql().await.rows("SELECT digest FROM recovery_codes").await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_throttled_apart_from_passwords_and_what_is_no_code_is_no_guess() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    let right = code(&enrolled["secret"], app.clock.now());
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let path = format!("{}/confirm", path_of(&ada, &enrolled));
    for body in [json!({}), json!({ "code": 123_456 }), json!({ "code": "" }), json!({ "code": "1".repeat(33) })] {
        ada.post(&path, &body).await.expect_problem(400, "invalid_input");
    }
    for _ in 0..8 {
        assert_eq!(
            confirm(&ada, &enrolled, "a code").await.expect_problem(400, "invalid_input").faults(),
            ["/code wrong_code"]
        );
    }
    for _ in 0..5 {
        confirm(&ada, &enrolled, wrong).await.expect_problem(400, "invalid_input");
    }
    // The sixth is heard, and makes the next one wait.
    confirm(&ada, &enrolled, wrong).await;
    let refused = confirm(&ada, &enrolled, &right).await.expect_problem(429, "too_many_attempts");
    assert!(!refused.header("retry-after").is_empty());
    let email = json!({ "email": "ada@example.org", "current_password": PASSWORD });
    ada.patch(&ada.path(), &email).await.expect_status(200);
    app.clock.advance(seconds(60));
    confirm(&ada, &enrolled, &code(&enrolled["secret"], app.clock.now())).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_decrypted_accepts_no_code() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (of_ada, of_bob) = (enrol(&ada).await, enrol(&bob).await);
    // Sealed for another factor.
    app.sql().await.execute("UPDATE factors SET secret = (SELECT secret FROM factors ORDER BY id LIMIT 1)").await;
    confirm(&ada, &of_ada, &code(&of_ada["secret"], app.clock.now())).await.expect_status(200);
    for secret in [&of_ada["secret"], &of_bob["secret"]] {
        let refused = confirm(&bob, &of_bob, &code(secret, app.clock.now())).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/code wrong_code"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_factor_of_any_type_has_not_been_used() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    assert_eq!(confirmed(&app, &ada).await["last_used_at"], json!(null));
    assert_eq!(ada.enrol_passkey(&mut Device::new()).await.json["last_used_at"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_condition_of_a_request_is_about_the_factor() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let enrolled = enrol(&ada).await;
    let path = format!("{}/confirm", path_of(&ada, &enrolled));
    let body = json!({ "code": code(&enrolled["secret"], app.clock.now()) });
    let conditional = |tag: &'static str| Answer::to(ada.request("POST", &path).header("if-match", tag).json(&body));
    conditional("\"7\"").await.expect_problem(412, "precondition_failed");
    conditional("\"1\"").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_mailed_and_the_audit_trail_names_the_factor() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let factor = confirmed(&app, &ada).await;
    let mails = app.mails_to("ada@example.com", 2).await;
    let mail = mails.iter().find(|mail| mail.subject == "A second factor was added to your account").unwrap();
    let codes = factor["recovery_codes"].as_array().unwrap();
    assert!(codes.iter().all(|code| !mail.source.contains(code.as_str().unwrap())));
    let event = event(&ada, "factor_enrolled").await;
    assert_eq!((&event["actor"]["id"], &event["target"]["id"]), (&json!(ada.id), &json!(ada.id)));
    let expected: Value = json!([
        { "field": "factor", "from": null, "to": factor["id"] },
        { "field": "type", "from": null, "to": "totp" },
        { "field": "recovery_codes", "from": "0", "to": "10" },
    ]);
    assert_eq!(event["changes"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_a_thief_has_enrolled_before_the_owners_first_factor_is_forgotten() {
    let app = TestApp::start().await;
    let thief = app.user("ada").await;
    let owner = app.nobody().sign_in("ada", PASSWORD).await;
    let enrolled = enrol(&thief).await;
    let passkey = owner.enrol_passkey(&mut Device::new()).await.json;
    let code = code(&enrolled["secret"], app.clock.now());
    confirm(&thief, &enrolled, &code).await.expect_problem(404, "not_found");
    assert_eq!(methods(&thief).await, json!(["pwd"]));
    let totp = format!("{}/totp", factors_of(&thief));
    thief.act(&totp).await.expect_problem(401, "insufficient_user_authentication");
    let removal = thief.delete(&path_of(&thief, &passkey)).await;
    removal.expect_problem(401, "insufficient_user_authentication");
    owner.act(&totp).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_not_proved_the_present_factor_is_not_made_fresh_by_another_one() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let other = app.nobody().sign_in("ada", PASSWORD).await;
    ada.enrol_passkey(&mut Device::new()).await;
    let enrolled = enrol(&ada).await;
    // Confirming takes no fresh session.
    confirm(&other, &enrolled, &code(&enrolled["secret"], app.clock.now())).await.expect_status(200);
    assert_eq!(methods(&other).await, json!(["pwd", "otp"]));
    let totp = format!("{}/totp", factors_of(&ada));
    other.act(&totp).await.expect_problem(401, "insufficient_user_authentication");
    ada.act(&totp).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_password_is_not_made_fresh_by_a_first_factor() {
    let app = TestApp::start().await;
    let (ada, mut device) = (app.user("ada").await, Device::new());
    let passkey = ada.enrol_passkey(&mut device).await.json;
    let answer = app.nobody().sign_in_with(&mut device).await.expect_status(200);
    let by_passkey = app.nobody().with_token(answer.json["access_token"].as_str().unwrap());
    let confirm = async |enrolled: &Value| {
        let code = json!({ "code": code(&enrolled["secret"], app.clock.now()) });
        by_passkey.post(&format!("{}/confirm", path_of(&ada, enrolled)), &code).await
    };
    // The passkey may be stolen, and the app with it.
    let pending = by_passkey.act(&format!("{}/totp", factors_of(&ada))).await.expect_status(201).json;
    ada.delete(&path_of(&ada, &passkey)).await.expect_status(204);
    confirm(&pending).await.expect_problem(404, "not_found");
    confirm(&enrol(&ada).await).await.expect_status(200);
    // It has proved two factors, but by one that is gone, and not the password.
    let shown = by_passkey.get(&format!("{}/sessions", ada.path())).await.expect_status(200).json;
    let sessions = shown["_embedded"]["sessions"].as_array().unwrap();
    let methods = &sessions.iter().find(|session| session["current"] == true).unwrap()["methods"];
    assert_eq!(methods, &json!(["otp", "swk"]));
    let again = by_passkey.act(&format!("{}/totp", factors_of(&ada))).await;
    again.expect_problem(401, "insufficient_user_authentication");
}

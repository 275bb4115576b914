//! Enrolling passkeys.

use super::{counted, faults, methods, minutes, start, with_passkey};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD as BASE64, BASE64_URL_SAFE_NO_PAD as BASE64URL},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use usher_testkit::{Answer, Device, Options, PASSWORD, TestApp};

const FORMS: &str = "application/prs.hal-forms+json";

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_enrolled_with_the_options_that_were_requested() {
    let app = start().await;
    let (ada, mut device) = (app.user("ada").await, Device::new());
    let factors = ada.get(&format!("{}/factors", ada.path())).await.expect_status(200);
    let href = factors.href("passkey-options").unwrap();
    assert_eq!(href, format!("{}/factors/passkey-options", ada.path()));
    let request = ada.request("POST", &href).header("accept", FORMS);
    let options = Answer::to(request).await.expect_status(200);
    assert_eq!(options.links(), ["enrol-passkey"]);
    let form = &options.json["_templates"]["enrol-passkey"];
    let fields: Vec<_> = form["properties"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["name"].as_str().unwrap(), field["type"].as_str().unwrap(), field["required"] == true))
        .collect();
    assert_eq!(fields, [("ceremony", "text", true), ("credential", "textarea", true), ("name", "text", false)]);
    let public_key = &options.json["public_key"];
    assert_eq!(public_key["rp"]["id"], "usher.test");
    assert_eq!(public_key["attestation"], "none");
    assert_eq!(public_key["authenticatorSelection"]["residentKey"], "required");
    let algorithms: Vec<_> =
        public_key["pubKeyCredParams"].as_array().unwrap().iter().map(|parameter| &parameter["alg"]).collect();
    assert_eq!(algorithms, [&json!(-7), &json!(-8), &json!(-257)]);
    assert_eq!(public_key["excludeCredentials"], json!([]));
    let handle = public_key["user"]["id"].as_str().unwrap();
    assert!(handle.len() == 86 && !handle.contains("ada") && !handle.contains(&ada.id), "{handle}");

    let credential = device.create(public_key).await;
    let body = json!({ "ceremony": options.json["ceremony"], "credential": credential, "name": " my key " });
    let created = ada.post(&options.href("enrol-passkey").unwrap(), &body).await.expect_status(201);
    let factor = &created.json;
    assert_eq!(
        (&factor["type"], &factor["name"], &factor["confirmed"]),
        (&json!("passkey"), &json!("my key"), &json!(true))
    );
    assert_eq!(factor["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(created.header("location"), format!("{}/factors/{}", ada.path(), factor["id"].as_str().unwrap()));
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.links(), ["remove", "self", "update"]);
    assert_eq!(methods(&ada).await, json!(["pwd", "swk", "mfa"]));

    // The second one has the same name of the user, and excludes the first.
    let options = ada.passkey_options().await.expect_status(200).json;
    assert_eq!(options["public_key"]["user"]["id"], handle);
    assert_eq!(options["public_key"]["excludeCredentials"][0]["id"], credential["id"]);
    let second = ada.enrol_passkey(&mut Device::new()).await.json;
    assert!(second.get("recovery_codes").is_none(), "{second}");
    assert_eq!(second["name"], "Passkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_twenty_factors_no_app_is_left_to_be_confirmed() {
    let app = start().await;
    let (ada, _) = with_passkey(&app, "ada").await;
    app.enrol_totp(&ada).await;
    let copies = "INSERT INTO factors (id, user_id, type, name, created_at, confirmed_at, secret)
        SELECT gen_random_uuid(), user_id, type, name, created_at, confirmed_at, secret
        FROM (SELECT * FROM factors WHERE type = 'totp') AS factor, generate_series(1, 17)";
    app.sql().await.execute(copies).await;
    let begun = ada.act(&format!("{}/factors/totp", ada.path())).await.expect_status(201);
    let confirm = begun.href("confirm").unwrap();
    ada.enrol_passkey(&mut Device::new()).await.expect_status(201);
    ada.get(begun.header("location")).await.expect_problem(404, "not_found");
    ada.post(&confirm, &json!({ "code": "000000" })).await.expect_problem(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credential_may_be_sent_as_text() {
    let app = start().await;
    let (ada, mut device) = (app.user("ada").await, Device::new());
    let options = ada.passkey_options().await.expect_status(200).json;
    let credential = device.create(&options["public_key"]).await;
    ada.send_passkey(&options["ceremony"], &json!(credential.to_string())).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_factor_makes_other_sessions_stale() {
    let app = start().await;
    let ada = app.user("ada").await;
    let elsewhere = app.nobody().sign_in("ada", PASSWORD).await;
    ada.enrol_passkey(&mut Device::new()).await;
    elsewhere.passkey_options().await.expect_problem(401, "insufficient_user_authentication");
    ada.passkey_options().await.expect_status(200);
    let mails = app.mails_to("ada@example.com", 2).await;
    assert!(mails.iter().any(|mail| mail.subject == "A second factor was added to your account"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ceremony_is_good_once_in_time_for_its_user_and_session() {
    let app = start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let elsewhere = app.nobody().sign_in("ada", PASSWORD).await;
    let mut device = Device::new();
    let options = ada.passkey_options().await.expect_status(200).json;
    let (ceremony, credential) = (&options["ceremony"], device.create(&options["public_key"]).await);
    let spent = ["/ceremony ceremony_spent"];
    for other in [&bob, &elsewhere] {
        assert_eq!(faults(other.send_passkey(ceremony, &credential).await), spent);
    }
    for unknown in ["a", "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"] {
        assert_eq!(faults(ada.send_passkey(&json!(unknown), &credential).await), spent);
    }
    ada.send_passkey(ceremony, &credential).await.expect_status(201);
    assert_eq!(faults(ada.send_passkey(ceremony, &credential).await), spent);

    let options = ada.passkey_options().await.expect_status(200).json;
    let credential = Device::new().create(&options["public_key"]).await;
    app.clock.advance(minutes(5));
    assert_eq!(faults(ada.send_passkey(&options["ceremony"], &credential).await), spent);
    ada.passkey_options().await.expect_status(200);
    assert_eq!(super::count(&app, "SELECT FROM ceremonies").await, 1, "those that have expired are deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_enrolments_with_one_ceremony_one_succeeds() {
    let app = start().await;
    let other = app.replica_with(super::options()).await;
    let ada = app.user("ada").await;
    let there = usher_testkit::Client::new(&other.url).with_token(ada.access_token().unwrap());
    let options = ada.passkey_options().await.expect_status(200).json;
    let mut bodies = Vec::new();
    for _ in 0..8 {
        let credential = Device::new().create(&options["public_key"]).await;
        bodies.push(json!({ "ceremony": options["ceremony"], "credential": credential }));
    }
    let path = format!("{}/factors/passkeys", ada.path());
    let answers = join_all(bodies.iter().enumerate().map(async |(n, body)| {
        if n.is_multiple_of(2) { ada.post(&path, body).await } else { there.post(&path, body).await }
    }))
    .await;
    let counts = counted(&answers);
    assert_eq!(counts[&(201, String::new())], 1, "{counts:?}");
    assert_eq!(counts[&(400, "invalid_input".to_owned())], 7, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_does_not_verify_is_refused_and_spends_nothing() {
    let app = start().await;
    let (ada, mut device) = (app.user("ada").await, Device::new());
    let options = ada.passkey_options().await.expect_status(200).json;
    let ceremony = &options["ceremony"];
    let credential = device.create(&options["public_key"]).await;
    let invalid = ["/credential invalid_credential"];
    for origin in ["https://other.usher.test", "https://usher.test:8443"] {
        let mut elsewhere = Device { origin: origin.to_owned(), ..Device::new() };
        let credential = elsewhere.create(&options["public_key"]).await;
        assert_eq!(faults(ada.send_passkey(ceremony, &credential).await), invalid, "{origin}");
    }
    let mut other_challenge = options["public_key"].clone();
    other_challenge["challenge"] = json!("Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu");
    let answer = Device::new().create(&other_challenge).await;
    assert_eq!(faults(ada.send_passkey(ceremony, &answer).await), invalid);
    for malformed in [json!({}), json!({ "id": "AA" })] {
        assert_eq!(faults(ada.send_passkey(ceremony, &malformed).await), invalid);
    }
    for other in [json!(1), json!([]), json!("text"), json!("[]")] {
        assert_eq!(faults(ada.send_passkey(ceremony, &other).await), ["/credential not_object"]);
    }
    for missing in [Value::Null, json!(true)] {
        let body = json!({ "ceremony": missing, "credential": credential });
        let path = format!("{}/factors/passkeys", ada.path());
        assert_eq!(faults(ada.post(&path, &body).await), ["/ceremony not_text"]);
    }
    ada.send_passkey(ceremony, &credential).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_somebody_has_is_refused() {
    let app = start().await;
    let (ada, _) = with_passkey(&app, "ada").await;
    let bob = app.user("bob").await;
    // No authenticator does this: the stored passkey gets the id of the new one.
    for person in [&ada, &bob] {
        let options = person.passkey_options().await.expect_status(200).json;
        let mut unaware = options["public_key"].clone();
        unaware["excludeCredentials"] = json!([]);
        let credential = Device::new().create(&unaware).await;
        let id = BASE64URL.decode(credential["id"].as_str().unwrap()).unwrap();
        let id = BASE64.encode(id);
        let sql = format!("UPDATE factors SET credential_id = decode('{id}', 'base64') WHERE type = 'passkey'");
        app.sql().await.execute(&sql).await;
        let refused = person.send_passkey(&options["ceremony"], &credential).await;
        assert_eq!(faults(refused), ["/credential invalid_credential"]);
    }
    assert_eq!(super::count(&app, "SELECT FROM factors WHERE type = 'passkey'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_at_most_twenty_factors() {
    let app = start().await;
    let (ada, _) = with_passkey(&app, "ada").await;
    let begun = ada.passkey_options().await.expect_status(200).json;
    let credential = Device::new().create(&begun["public_key"]).await;
    let copies = "INSERT INTO factors SELECT gen_random_uuid(), user_id, type, name, version, created_at, confirmed_at, \
        last_used_at, secret, last_step, int4send(n), credential, rp_id FROM factors, generate_series(1, 19) n \
        WHERE type = 'passkey'";
    app.sql().await.execute(copies).await;
    ada.passkey_options().await.expect_problem(409, "too_many_factors");
    ada.send_passkey(&begun["ceremony"], &credential).await.expect_problem(409, "too_many_factors");
    let factors = ada.get(&format!("{}/factors", ada.path())).await.expect_status(200);
    assert_eq!(factors.href("passkey-options"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_enrols_passkeys() {
    let app = start().await;
    let (ada, admin) = (app.user("ada").await, app.admin().await);
    for path in ["passkey-options", "passkeys"] {
        let path = format!("{}/factors/{path}", ada.path());
        app.nobody().act(&path).await.expect_problem(401, "authentication_required");
        admin.act(&path).await.expect_problem(403, "not_allowed");
    }
    app.clock.advance(minutes(16));
    ada.passkey_options().await.expect_problem(401, "insufficient_user_authentication");
    ada.send_passkey(&json!("a"), &json!({})).await.expect_problem(401, "insufficient_user_authentication");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_passkeys_there_is_no_link_and_no_way() {
    let factors = usher_domain::FactorSupport { passkeys: false, ..usher_domain::FactorSupport::FULL };
    let app = TestApp::with(Options { factors, ..super::options() }).await;
    let ada = app.user("ada").await;
    let list = ada.get(&format!("{}/factors", ada.path())).await.expect_status(200);
    assert_eq!(list.href("passkey-options"), None);
    ada.passkey_options().await.expect_problem(403, "passkeys_unavailable");
    ada.send_passkey(&json!("a"), &json!({})).await.expect_problem(403, "passkeys_unavailable");
    let nobody = app.nobody();
    assert_eq!(nobody.get("/v1").await.href("sign-in-with-passkey"), None);
    nobody.form("/v1/oauth/passkey-options", &[]).await.expect_problem(403, "passkeys_unavailable");
    app.clock.advance(minutes(16));
    assert_eq!(ada.get("/v1").await.href("step-up-options"), None);
    ada.act("/v1/step-up/options").await.expect_problem(403, "passkeys_unavailable");
}

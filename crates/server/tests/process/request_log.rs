//! The request log: who did what, from where, and the id of the request.

use crate::home::Home;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use usher_testkit::{Answer, Encryption, MailServer, PASSWORD};

/// The log's entries with this message.
fn entries(home: &Home, message: &str) -> Vec<Value> {
    let lines = home.log();
    let entries = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.filter(|entry| entry["message"] == message).collect()
}

/// The entry of the request that had this answer.
fn of(entries: &[Value], answer: &Answer) -> Value {
    let id = answer.header("x-request-id");
    let mut found = entries.iter().filter(|entry| entry["request_id"] == id);
    let entry = found.next().unwrap_or_else(|| panic!("no entry for {id}: {entries:?}"));
    assert!(found.next().is_none(), "two entries for {id}");
    let keys = ["operation", "outcome", "code", "user", "address"];
    keys.iter().filter_map(|key| Some(((*key).to_owned(), entry.get(key)?.clone()))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_of_an_authentication_and_every_denial_is_logged() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let right = nobody.password_grant("ada", PASSWORD).await.expect_status(200);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let wrong = nobody.password_grant("ada", "not-her-password").await.expect_status(400);
    let unknown = nobody.password_grant("hunter2", PASSWORD).await.expect_status(400);
    let anonymous = nobody.get("/v1/me").await.expect_status(401);
    let forged = nobody.with_token("nonsense").get("/v1/me").await.expect_status(401);
    let forbidden = ada.get("/v1/users").await.expect_status(403);
    let path = format!("{}/password", ada.path());
    let change = json!({ "current_password": "not-hers", "new_password": "another-good-password" });
    let unproved = ada.put(&path, &change).await.expect_status(400);
    let change = json!({ "current_password": PASSWORD, "new_password": "another-good-password" });
    let proved = ada.put(&path, &change).await.expect_status(204);
    service.terminate().await;

    let id = ada.id.as_str();
    let here = "127.0.0.1";
    let logged = entries(&home, "authentication");
    let token = |outcome: &str| json!({ "operation": "issue_token", "outcome": outcome, "address": here });
    let with = |mut entry: Value, more: &[(&str, &str)]| {
        for (key, value) in more {
            entry[*key] = (*value).into();
        }
        entry
    };
    assert_eq!(of(&logged, &right), with(token("success"), &[("user", id)]));
    assert_eq!(of(&logged, &wrong), with(token("failure"), &[("user", id), ("code", "invalid_grant")]));
    // If the name is unknown, the user may have typed something else into its field, such as the password.
    assert_eq!(of(&logged, &unknown), with(token("failure"), &[("code", "invalid_grant")]));
    assert!(!home.log().contains("hunter2"));
    let change = |outcome| json!({ "operation": "change_password", "outcome": outcome, "user": id, "address": here });
    assert_eq!(of(&logged, &unproved), with(change("failure"), &[("code", "invalid_input")]));
    assert_eq!(of(&logged, &proved), change("success"));

    let logged = entries(&home, "request denied");
    let me = |code| json!({ "operation": "get_me", "code": code, "address": here });
    assert_eq!(of(&logged, &anonymous), me("authentication_required"));
    assert_eq!(of(&logged, &forged), me("invalid_token"));
    let list = json!({ "operation": "list_users", "code": "not_allowed", "user": id, "address": here });
    assert_eq!(of(&logged, &forbidden), list);
}

/// Paths that any caller may read, and the status of the answer.
const OPEN: [(&str, u16); 7] = [
    ("/v1", 200),
    ("/docs", 303),
    ("/openapi.json", 200),
    ("/.well-known/jwks.json", 200),
    ("/.well-known/oauth-authorization-server", 200),
    ("/health/live", 200),
    ("/health/ready", 200),
];

#[tokio::test(flavor = "multi_thread")]
async fn only_checks_of_a_password_or_a_token_are_logged_as_authentication() {
    let server = MailServer::start(Encryption::None).await;
    let home = Home::with_database().await.set("USHER_INTROSPECTION_CLIENTS", "ledger:a-long-secret-of-the-ledger");
    let home = home.set("USHER_MAIL_FROM", "mail@example.com");
    let home = home.set("USHER_SMTP_URL", &format!("smtp://127.0.0.1:{}", server.port));
    let service = home.serve().await;
    let nobody = service.client();
    for (path, status) in OPEN {
        nobody.get(path).await.expect_status(status);
    }
    nobody.register("ada").await.expect_status(201);
    let mailed = async |nth: usize| server.mails_to("ada@example.com", nth).await[nth - 1].mail.token().to_owned();
    let confirmation = json!({ "token": mailed(1).await });
    nobody.post("/v1/email-verifications/confirm", &confirmation).await.expect_status(204);
    nobody.post("/v1/password-resets", &json!({ "email": "ada@example.com" })).await.expect_status(202);
    let reset = json!({ "token": mailed(2).await, "new_password": "another-good-password" });
    nobody.post("/v1/password-resets/confirm", &reset).await.expect_status(204);
    let ada = nobody.sign_in("ada", "another-good-password").await;
    let (token, path) = (ada.access_token().unwrap(), ada.path());
    for part in ["", "/export", "/sessions", "/audit-events"] {
        ada.get(&format!("{path}{part}")).await.expect_status(200);
    }
    for (secret, status) in [("a-long-secret-of-the-ledger", 200), ("a-wrong-secret-of-the-ledger", 401)] {
        nobody.introspect("ledger", secret, token).await.expect_status(status);
    }
    let guess = json!({ "email": "new@example.com", "current_password": "not-hers" });
    let mut guesses = 0;
    while ada.patch(&path, &guess).await.status == 400 {
        guesses += 1;
    }
    nobody.form("/v1/oauth/revoke", &[("token", token)]).await.expect_status(200);
    service.terminate().await;

    let logged = entries(&home, "authentication");
    let logged: Vec<_> = logged
        .iter()
        .map(|entry| ["operation", "outcome", "code"].map(|key| entry[key].as_str().unwrap_or("")))
        .collect();
    let mut expected = vec![
        ["issue_token", "success", ""],
        ["introspect_token", "success", ""],
        ["introspect_token", "failure", "invalid_client"],
    ];
    expected.extend(vec![["update_user", "failure", "invalid_input"]; guesses]);
    expected.push(["update_user", "failure", "too_many_attempts"]);
    assert_eq!(logged, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_logged_at_debug_without_search_terms() {
    let home = Home::with_database().await.set("USHER_LOG", "info,usher_http=debug");
    let service = home.serve().await;
    let answer = service.client().get("/v1/users?q=somebodys-secret-name").await.expect_status(401);
    let lost = service.client().get("/nowhere").await.expect_status(404);
    service.terminate().await;
    let logged = entries(&home, "request served");
    let entry = logged.iter().find(|entry| entry["request_id"] == answer.header("x-request-id")).unwrap();
    assert_eq!((&entry["method"], &entry["path"]), (&"GET".into(), &"/v1/users".into()));
    assert_eq!(entry["status"], 401);
    assert!(entry["took_us"].is_u64());
    assert!(logged.iter().any(|entry| entry["request_id"] == lost.header("x-request-id") && entry["status"] == 404));
    assert!(!home.log().contains("somebodys-secret-name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_that_a_request_is_part_of_is_logged() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let refused = async |parent: &str| {
        let request = service.client().request("GET", "/v1/me").header("traceparent", parent);
        Answer::to(request).await.expect_status(401).header("x-request-id").to_owned()
    };
    let traced = refused(&format!("00-{trace}-b7ad6b7169203331-01")).await;
    let forged = refused("00-somebody's own text-b7ad6b7169203331-01").await;
    service.terminate().await;
    let logged = entries(&home, "request denied");
    let entry = |id: &str| logged.iter().find(|entry| entry["request_id"] == id).unwrap();
    assert_eq!(entry(&traced)["trace_id"], trace);
    assert_eq!(entry(&forged).get("trace_id"), None);
    assert!(!home.log().contains("somebody's own text"));
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_to_evade_limits_and_rules_are_logged() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let escalation = ada.patch(&ada.path(), &json!({ "role": "admin" })).await.expect_status(400);
    let unknown = ada.patch(&ada.path(), &json!({ "is_root": "hunter2" })).await.expect_status(400);
    let large = ada.patch(&ada.path(), &json!({ "username": "x".repeat(70_000) })).await.expect_status(413);
    let mistaken = ada.patch(&ada.path(), &json!({ "username": "a b" })).await.expect_status(400);
    service.terminate().await;
    let logged = entries(&home, "suspicious request rejected");
    let update = |code| json!({ "operation": "update_user", "code": code, "user": ada.id, "address": "127.0.0.1" });
    assert_eq!(of(&logged, &escalation), update("not_writable"));
    assert_eq!(of(&logged, &unknown), update("unknown"));
    assert_eq!(of(&logged, &large), json!({ "code": "body_too_large", "address": "127.0.0.1" }));
    assert!(logged.iter().all(|entry| entry["level"] == "WARN"), "{logged:?}");
    assert!(!logged.iter().any(|entry| entry["request_id"] == mistaken.header("x-request-id")));
    assert!(!home.log().contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_requests_are_counted_in_the_log_without_a_line_for_each() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let before = home.log().lines().count();
    for request in
        ["GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"].repeat(50)
    {
        let mut connection = TcpStream::connect(("127.0.0.1", service.port())).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    service.terminate().await;

    let logged = entries(&home, "malformed or aborted requests");
    assert_eq!(logged.iter().map(|entry| entry["count"].as_u64().unwrap()).sum::<u64>(), 150, "{}", home.log());
    assert!(logged.iter().all(|entry| entry["level"] == "WARN" && entry["last"].is_string()), "{logged:?}");
    // Some more report that the service stops.
    assert!(home.log().lines().count() < before + 20, "{}", home.log());
    assert!(!home.log().contains("\"ERROR\""), "{}", home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_request_is_logged_where_the_setting_names_what_reads_them() {
    let home = Home::with_database().await.set("USHER_LOG", "info,actix_http=error");
    let service = home.serve().await;
    let mut connection = TcpStream::connect(("127.0.0.1", service.port())).await.unwrap();
    connection.write_all(b"GET / HTTP/9.9\r\n\r\n").await.unwrap();
    connection.read_to_end(&mut Vec::new()).await.unwrap();
    service.terminate().await;
    assert!(home.log().contains("stream error"), "{}", home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_bcrypt_cut_elsewhere_is_refused_with_the_reason_in_the_log() {
    // Of 80 times `x`, by libxcrypt, which reads 72 of them.
    let users = "username,email,password_hash\nada,ada@example.com,$2b$05$1dNCDB0duURqQoBa.tq.Ve6ABex1HlQCc1huoyLRTPuJ0VfVLRAM2\n";
    let home = Home::with_database().await;
    let service = home.serve().await;
    home.run_with_input(&["user", "import", "-"], users).await.expect_success();
    let refused = service.client().password_grant("ada", &"x".repeat(80)).await.expect_status(400);
    service.client().password_grant("ada", &"y".repeat(72)).await.expect_status(400);
    service.terminate().await;

    let logged = entries(&home, "password refused: bcrypt does not read all of it, so the user has to reset it");
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!(logged[0]["request_id"], refused.header("x-request-id"));
    assert_eq!(logged[0]["reason"], "password_too_long_for_bcrypt");
    assert!(logged[0]["user"].is_string());
}

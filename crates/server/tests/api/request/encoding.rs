//! Texts in other encodings, with white space around them, and with a plus that has become a space.

use serde_json::json;
use usher_testkit::{Answer, Client, PASSWORD, TestApp};

async fn registering(client: &Client, body: &[u8]) -> Answer {
    let request = client.request("POST", "/v1/register").header("content-type", "application/json");
    Answer::to(request.body(body.to_vec())).await
}

async fn token(client: &Client, body: &[u8]) -> Answer {
    let request = client.request("POST", "/v1/oauth/token");
    Answer::to(request.header("content-type", "application/x-www-form-urlencoded").body(body.to_vec())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_another_encoding_is_refused_and_the_encoding_is_named() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let text = format!("{{\"username\":\"jorg\",\"email\":\"joerg@example.com\",\"password\":\"{PASSWORD}\"}}");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (body, words) in [
        (
            text.replace("jorg", "j?rg").into_bytes().iter().map(|b| if *b == b'?' { 0xf6 } else { *b }).collect(),
            "UTF-8",
        ),
        ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "byte order mark"),
        ([b"\xff\xfe", &utf16[..]].concat(), "UTF-16"),
        (utf16, "UTF-16"),
    ] {
        let refused = registering(&nobody, &body).await.expect_problem(400, "malformed");
        let detail = refused.json["detail"].as_str().unwrap();
        assert!(detail.contains(words) && detail.contains("UTF-8"), "{detail}");
    }
    registering(&nobody, text.replace("jorg", "jörg").as_bytes()).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_surrogate_pair_is_refused_and_its_place_is_named() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let text = format!("{{\"username\":\"ada\",\"email\":\"ada@example.com\",\"password\":\"{PASSWORD}\"}}");
    for (from, to, words) in [
        ("ada\"", "ada\\ud800\"", ["`\\ud800`", "`/username`", "(line 1 column "]),
        ("ada@", "ada\\uDC00@", ["`\\uDC00`", "`/email`", "(line 1 column "]),
        (PASSWORD, "\\ud83d\\n", ["`\\ud83d`", "`/password`", "(line 1 column "]),
        ("email", "\\ud83dx", ["`\\ud83d`", "in a name", "(line 1 column "]),
    ] {
        let refused =
            registering(&nobody, text.replacen(from, to, 1).as_bytes()).await.expect_problem(400, "malformed");
        let detail = refused.json["detail"].as_str().unwrap();
        assert!(detail.contains("half of a surrogate pair"), "{detail}");
        assert!(words.iter().all(|words| detail.contains(words)), "{detail}");
    }
    let paired = text.replacen(PASSWORD, "\\ud83d\\ude00 grace hopper 1906", 1);
    registering(&nobody, paired.as_bytes()).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_in_another_encoding_is_refused_and_not_counted_as_a_guess() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let body = json!({ "username": "jörg", "email": "joerg@example.com", "password": PASSWORD });
    nobody.post("/v1/register", &body).await.expect_status(201);
    for body in [
        &b"grant_type=password&username=j%F6rg&password=x"[..],
        b"grant_type=password&username=j\xf6rg&password=x",
        b"grant_type=password&username=j%C3%B6rg&password=caf%E9",
        b"grant_type=refresh_token&refresh_token=%FF",
        b"grant_type=%FF",
        b"\xef\xbb\xbfgrant_type=password&username=j%C3%B6rg&password=x",
        b"g\0r\0a\0n\0t\0",
    ] {
        // More often than guesses are free.
        for _ in 0..3 {
            let refused = token(&nobody, body).await.expect_problem(400, "invalid_request");
            let message = refused.json["error_description"].as_str().unwrap();
            assert!(message.contains("UTF-8"), "{message}");
        }
    }
    // What is ignored may be anything.
    let good = format!("grant_type=password&username=j%C3%B6rg&password={PASSWORD}&client_secret=%FF&%FF=1");
    token(&nobody, good.as_bytes()).await.expect_status(200);
    let revoked =
        nobody.request("POST", "/v1/oauth/revoke").header("content-type", "application/x-www-form-urlencoded");
    Answer::to(revoked.body("token=%FF")).await.expect_problem(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_in_another_encoding_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (query, faults) in [
        ("q=j%F6rg", vec!["/q bad_encoding"]),
        ("q=%80&limit=0&%FF=1", vec!["/limit out_of_range", "/q bad_encoding", "/\u{fffd} bad_encoding"]),
    ] {
        let refused = admin.get(&format!("/v1/users?{query}")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), faults, "{query}");
        assert!(refused.text.contains("UTF-8"), "{}", refused.text);
    }
    admin.get("/v1/users?q=j%C3%B6rg").await.expect_status(200);
    // What was typed may be the replacement character itself.
    admin.get("/v1/users?q=%EF%BF%BD").await.expect_status(200);
}

/// White space around names, as keyboards, spreadsheets and messengers add it.
const AROUND: [(&str, &str); 10] = [
    ("", " "),
    (" ", ""),
    ("\u{a0}", "\u{a0}"),
    ("\t", "\n"),
    ("\r\n", "\r\n"),
    ("\u{200b}", "\u{200b}"),
    ("\u{feff}", ""),
    ("\u{3000}", "\u{2003}"),
    ("\u{202a}", "\u{202c}"),
    ("\u{2060}", "\u{85}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_name_is_ignored_when_signing_in() {
    let app = TestApp::start().await;
    app.user("ada").await;
    for name in ["ada", "ada@example.com"] {
        for (before, after) in AROUND {
            let granted = app.nobody().password_grant(&format!("{before}{name}{after}"), PASSWORD).await;
            assert_eq!(granted.status, 200, "{before:?} {name} {after:?}: {}", granted.text);
        }
        app.nobody().password_grant(name, &format!("{PASSWORD} ")).await.expect_problem(400, "invalid_grant");
        app.nobody().password_grant(name, &format!(" {PASSWORD}")).await.expect_problem(400, "invalid_grant");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_ins_count_against_the_name_without_the_white_space_around_it() {
    let app = TestApp::start().await;
    let mut refused = 0;
    for (n, name) in
        ["ghost", " ghost", "ghost ", "\u{a0}ghost", "ghost\u{200b}", "ghost\t", " ghost "].iter().enumerate()
    {
        let answer = app.nobody().password_grant(name, "wrong-password-1").await;
        assert!([400, 429].contains(&answer.status), "{n}: {}", answer.text);
        refused += u32::from(answer.status == 429);
    }
    assert!(refused > 0, "seven failures of one name are rate limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_a_name_is_removed_wherever_it_is_written() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (n, (before, after)) in AROUND.into_iter().enumerate() {
        let (username, email) = (format!("ada{n}"), format!("ada{n}@example.com"));
        let around = |text: &str| format!("{before}{text}{after}");
        let body = json!({ "username": around(&username), "email": around(&email), "password": PASSWORD });
        let made = if n % 2 == 0 {
            // Registrations of an address are limited.
            app.nobody().post("/v1/register", &body).await.expect_status(201)
        } else {
            admin.post("/v1/users", &body).await.expect_status(201)
        };
        assert_eq!((&made.json["username"], &made.json["email"]), (&json!(username), &json!(email)));

        let path = format!("/v1/users/{}", made.json["id"].as_str().unwrap());
        let body = json!({ "username": around(&format!("bo{n}x")), "email": around(&format!("bo{n}@example.com")) });
        let changed = admin.patch(&path, &body).await.expect_status(200);
        assert_eq!(changed.json["username"], json!(format!("bo{n}x")));
        assert_eq!(changed.json["email"], json!(format!("bo{n}@example.com")));
        // The current value is not a change, also with white space around it.
        let same = admin.patch(&path, &body).await.expect_status(200);
        assert_eq!(same.header("etag"), changed.header("etag"));
    }
    let inside = json!({ "username": "a da", "email": "a da@example.com", "password": PASSWORD });
    let refused = app.nobody().post("/v1/register", &inside).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn white_space_around_an_address_does_not_keep_a_reset_from_being_mailed() {
    let app = TestApp::start().await;
    app.user("ada").await;
    app.nobody().post("/v1/password-resets", &json!({ "email": " ada@example.com\u{a0}" })).await.expect_status(202);
    assert_eq!(app.mail_to("ada@example.com", 2).await.subject, "Choose a new password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plus_that_has_become_a_space_is_read_in_times() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/v1/audit-events".to_owned(), format!("{}/audit-events", admin.path())] {
        for name in ["since", "until"] {
            let list_since = async |time: &str| admin.get(&format!("{path}?{name}={time}")).await;
            let right = list_since("2026-03-04T09:15:00%2B02:00").await.expect_status(200);
            for time in ["2026-03-04T09:15:00+02:00", "2026-03-04T09:15:00%2002:00"] {
                let answer = list_since(time).await.expect_status(200);
                assert_eq!(answer.href("self"), right.href("self"), "{time}");
            }
            assert!(right.href("self").unwrap().contains("2026-03-04T07%3A15%3A00.000Z"), "{}", right.text);
            list_since("2026-03-04T09:15:00++02:00").await.expect_problem(400, "invalid_input");
        }
    }
}

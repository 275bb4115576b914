//! The cookie of the console, and who gets one.

use super::console_session::ask;
use chrono::TimeDelta;
use usher_testkit::{Answer, Client, Device, Options, PASSWORD, TestApp};

const PASSWORD_GRANT: &str = "grant_type=password&username=ada&password=";

async fn sign_in(app: &TestApp) -> Answer {
    ask(app, "POST", "/console/session", None, &format!("{PASSWORD_GRANT}{PASSWORD}")).await
}

/// The value of the cookie that an answer sets.
fn cookie_of(answer: &Answer) -> String {
    let (pair, _) = answer.header("set-cookie").split_once(';').unwrap();
    pair.split_once('=').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_browser_sends_the_cookie_and_only_to_the_console() {
    for (public_origin, prefix, name, path, secure) in [
        ("http://usher.test", "", "usher_console", "/console", ""),
        ("http://usher.test", "/auth", "usher_console", "/auth/console", ""),
        ("https://usher.test", "", "__Host-usher_console", "/", "; Secure"),
        ("https://usher.test", "/auth", "__Secure-usher_console", "/auth/console", "; Secure"),
    ] {
        let app = TestApp::with(Options { public_origin, prefix: prefix.to_owned(), ..Options::default() }).await;
        app.nobody().register("ada").await.expect_status(201);
        let begun = sign_in(&app).await.expect_status(200);
        let cookie = cookie_of(&begun);
        let attributes = |max_age: u32| format!("; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}");
        assert_eq!(begun.header("set-cookie"), format!("{name}={cookie}{}", attributes(2_592_000)));
        assert_eq!(begun.headers.get_all("set-cookie").iter().count(), 1);
        // Both with the prefix and behind a proxy that strips it.
        let mut cookie = cookie;
        for at in ["", prefix] {
            let request = app.nobody().request("POST", &format!("{at}/console/token"));
            let request = request.header("origin", public_origin).header("cookie", format!("{name}={cookie}"));
            let renewed = Answer::to(request).await.expect_status(200);
            cookie = cookie_of(&renewed);
            assert_eq!(renewed.header("set-cookie"), format!("{name}={cookie}{}", attributes(2_592_000)));
        }
        let request = app.nobody().request("DELETE", "/console/session").header("origin", public_origin);
        let ended = Answer::to(request).await.expect_status(204);
        assert_eq!(ended.header("set-cookie"), format!("{name}={}", attributes(0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_begins_a_session_without_a_password() {
    let app = TestApp::start().await;
    let (ada, mut device) = (app.user("ada").await, Device::new());
    ada.enrol_passkey(&mut device).await;
    let options = app.nobody().passkey_sign_in_options().await;
    let credential = device.prove(&options["public_key"]).await.to_string();
    let ceremony = options["ceremony"].as_str().unwrap();
    let credential = form_urlencoded(&credential);
    let body = format!("grant_type=urn:usher:grant:passkey&ceremony={ceremony}&credential={credential}");
    let begun = ask(&app, "POST", "/console/session", None, &body).await.expect_status(200);
    assert_eq!(begun.json.get("refresh_token"), None);
    assert_eq!(me(&app, &begun).await.expect_status(200).json["username"], "ada");
    let renewed = ask(&app, "POST", "/console/token", Some(&cookie_of(&begun)), "").await.expect_status(200);
    me(&app, &renewed).await.expect_status(200);
    // The ceremony is used up, and nobody gets a cookie for it.
    let again = ask(&app, "POST", "/console/session", None, &body).await.expect_status(400);
    assert_eq!(again.header("set-cookie"), "");
}

fn form_urlencoded(text: &str) -> String {
    text.replace('%', "%25").replace('+', "%2B").replace('&', "%26")
}

async fn me(app: &TestApp, tokens: &Answer) -> Answer {
    client(app, tokens).get("/v1/me").await
}

fn client(app: &TestApp, tokens: &Answer) -> Client {
    app.nobody().with_token(tokens.json["access_token"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_throttled_here_and_at_the_token_endpoint_together() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    for n in 0..6 {
        let refused = match n % 2 {
            0 => ask(&app, "POST", "/console/session", None, &format!("{PASSWORD_GRANT}wrong")).await,
            _ => app.nobody().password_grant("ada", "wrong").await,
        };
        refused.expect_problem(400, "invalid_grant");
    }
    let throttled = sign_in(&app).await.expect_problem(429, "too_many_attempts");
    assert_eq!(throttled.header("retry-after"), "1");
    assert_eq!(throttled.header("set-cookie"), "");
    app.clock.advance(TimeDelta::seconds(1));
    sign_in(&app).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_of_a_deleted_user_gets_nothing_and_signing_out_still_works() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let begun = sign_in(&app).await.expect_status(200);
    let cookie = cookie_of(&begun);
    app.admin().await.delete(&ada.path()).await.expect_status(204);
    let refused = ask(&app, "POST", "/console/token", Some(&cookie), "").await.expect_problem(401, "invalid_token");
    assert_eq!(refused.header("set-cookie"), "", "the cookie of a tab that has signed in since is not removed");
    me(&app, &begun).await.expect_problem(401, "invalid_token");
    let ended = ask(&app, "DELETE", "/console/session", Some(&cookie), "").await.expect_status(204);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
}

//! The page of the console and its files, as they are served. `tests/browser` tests them in a browser.

use serde_json::json;
use usher_testkit::{Answer, Options, TestApp};

const PAGES: [&str; 4] = ["/console", "/console/", "/console/v1/users", "/console/v1/users/x?status=active"];

async fn page(app: &TestApp, path: &str, accept_language: Option<&str>) -> Answer {
    let request = app.nobody().request("GET", path);
    let request = match accept_language {
        Some(languages) => request.header("accept-language", languages),
        None => request,
    };
    Answer::to(request).await.expect_status(200)
}

/// The URLs of the script and the style sheet in a page.
fn files(page: &str) -> Vec<&str> {
    page.split('"').filter(|piece| piece.contains("/assets/")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_only_call_the_service_and_is_complete_behind_a_prefix() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    for path in PAGES {
        for at in ["", "/auth"] {
            let page = page(&app, &format!("{at}{path}"), None).await;
            for (name, value) in [
                ("content-type", "text/html; charset=utf-8"),
                ("content-language", "en"),
                ("vary", "Accept-Language"),
                ("cache-control", "no-store"),
                ("cross-origin-opener-policy", "same-origin"),
                ("permissions-policy", "publickey-credentials-get=(self), publickey-credentials-create=(self)"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
            ] {
                assert_eq!(page.header(name), value, "{name}");
            }
            let policy = page.header("content-security-policy");
            for directive in [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
                "trusted-types 'none'",
            ] {
                assert!(policy.split("; ").any(|known| known == directive), "{directive}: {policy}");
            }
            assert!(!policy.contains("unsafe") && !page.text.contains("{{"), "{policy} {}", page.text);
            assert!(page.text.contains("data-relation=\"\" data-console=\"on\""), "{}", page.text);
            let files = files(&page.text);
            assert_eq!(files.len(), 2, "{}", page.text);
            for file in files {
                assert!(file.starts_with("/auth/assets/console-"), "{file}");
                app.nobody().get(file).await.expect_status(200);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_in_the_language_that_the_browser_prefers() {
    let app = TestApp::start().await;
    for (languages, wanted) in
        [("de", "de"), ("de-AT;q=0.9, en;q=0.8", "de"), ("fr", "en"), ("*", "en"), (";q=x,,", "en")]
    {
        for path in ["/console", "/verify-email"] {
            let page = page(&app, path, Some(languages)).await;
            assert_eq!(page.header("content-language"), wanted, "{languages}");
            assert!(page.text.contains(&format!("<html lang=\"{wanted}\"")), "{}", page.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_kept_under_their_own_name_and_served_under_that_of_another_release() {
    let app = TestApp::start().await;
    let page = page(&app, "/console", None).await.text;
    for (own, media) in files(&page).into_iter().zip(["text/css", "text/javascript"]) {
        let file = app.nobody().get(own).await.expect_status(200);
        assert_eq!(file.header("content-type"), format!("{media}; charset=utf-8"));
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(file.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
        let (_, extension) = own.rsplit_once('.').unwrap();
        let other = app.nobody().get(&format!("/assets/console-0123456789abcdef.{extension}")).await.expect_status(200);
        assert_eq!(other.header("cache-control"), "no-store");
        assert_eq!(other.text, file.text);
        let head = Answer::to(app.nobody().request("HEAD", own)).await.expect_status(200);
        assert_eq!(head.text, "");
        app.nobody().act(own).await.expect_problem(405, "method_not_allowed");
    }
    for path in
        ["/assets/page.map", "/assets/console-0123456789ABCDEF.js", "/assets/console-0123456789abcdef.map", "/assets"]
    {
        app.nobody().get(path).await.expect_problem(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_previous_release_find_their_files_during_an_upgrade() {
    // With the setting that the upgrade needs, and without it.
    for console in [false, true] {
        let app = TestApp::with(Options { console, ..Options::default() }).await;
        for (path, media, part) in [
            ("/assets/page.js", "text/javascript", "addEventListener(\"hashchange\""),
            ("/assets/page.css", "text/css", "color-scheme: light dark"),
        ] {
            let file = app.nobody().get(path).await.expect_status(200);
            assert_eq!(file.header("content-type"), format!("{media}; charset=utf-8"));
            assert_eq!(file.header("cache-control"), "no-store");
            assert!(file.text.contains(part), "{}", file.text);
        }
        // The forms of these pages.
        for path in ["/v1/email-verifications/confirm", "/v1/password-resets/confirm"] {
            app.nobody().post(path, &json!({})).await.expect_problem(400, "invalid_input");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_endpoints_of_the_session_are_no_pages() {
    let app = TestApp::start().await;
    for (path, allow) in [("/console/session", "POST, DELETE, OPTIONS"), ("/console/token", "POST, OPTIONS")] {
        assert_eq!(app.nobody().get(path).await.expect_problem(405, "method_not_allowed").header("allow"), allow);
        let options = Answer::to(app.nobody().request("OPTIONS", path)).await.expect_status(204);
        assert_eq!(options.header("allow"), allow);
    }
    let refused = app.nobody().act("/console/v1").await.expect_problem(405, "method_not_allowed");
    assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_console_has_none_of_it() {
    let app = TestApp::with(Options { console: false, ..Options::default() }).await;
    for path in ["/console", "/console/", "/console/session", "/console/token"] {
        app.nobody().get(path).await.expect_problem(404, "not_found");
    }
    app.nobody().act("/console/session").await.expect_problem(404, "not_found");
    let browser = app.nobody().request("GET", "/").header("accept", "text/html");
    assert_eq!(Answer::to(browser).await.expect_status(303).header("location"), "/docs/");
    let mailed = app.nobody().get("/reset-password").await.expect_status(200);
    assert!(mailed.text.contains("data-relation=\"reset-password\" data-console=\"off\""), "{}", mailed.text);
    for file in files(&mailed.text) {
        app.nobody().get(file).await.expect_status(200);
    }
}

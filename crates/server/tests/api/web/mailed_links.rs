//! The pages of mailed links, as they are served. `tests/browser` tests them in a browser.

use usher_testkit::{Answer, Options, TestApp};

const PAGES: [&str; 2] = ["/verify-email", "/reset-password"];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_mailed_link_may_only_call_the_service() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    app.nobody().register("ada").await.expect_status(201);
    let mail = app.mail_to("ada@example.com", 1).await;
    assert!(mail.link().starts_with("http://usher.test/auth/verify-email#token="), "{}", mail.link());
    for page in PAGES {
        for at in ["", "/auth"] {
            let answer = app.nobody().with_token("broken").get(&format!("{at}{page}")).await.expect_status(200);
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            let policy = answer.header("content-security-policy");
            for directive in [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
            ] {
                assert!(policy.split("; ").any(|known| known == directive), "{directive}: {policy}");
            }
            for (name, value) in [
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
            ] {
                assert_eq!(answer.header(name), value, "{page}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_names_the_form_that_it_sends() {
    let app = TestApp::start().await;
    for (page, relation) in PAGES.into_iter().zip(["verify-email", "reset-password"]) {
        let html = app.nobody().get(page).await.expect_status(200).text;
        assert!(html.contains(&format!("data-relation=\"{relation}\" data-console=\"on\"")), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_only_read() {
    let app = TestApp::start().await;
    for path in PAGES {
        let head = Answer::to(app.nobody().request("HEAD", path)).await.expect_status(200);
        assert_eq!(head.text, "");
        let refused = app.nobody().act(path).await.expect_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), "GET, HEAD, OPTIONS");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_pages_if_an_application_handles_the_links() {
    let app_url = Some("https://app.example.com/account".to_owned());
    let app = TestApp::with(Options { app_url, ..Options::default() }).await;
    for path in PAGES {
        app.nobody().get(path).await.expect_problem(404, "not_found");
    }
}

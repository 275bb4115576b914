//! The client's address behind proxies (`X-Forwarded-For`).

use usher_testkit::{Answer, Options, PASSWORD, TestApp};

/// The address that the trail shows for the last registration.
async fn seen_from(app: &TestApp, n: usize, forwarded: &[&str]) -> String {
    let name = format!("user{n}");
    let mut request = app.nobody().request("POST", "/v1/register");
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    let body = serde_json::json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
    Answer::to(request.json(&body)).await.expect_status(201);
    let trail = "SELECT address FROM audit_events WHERE action = 'user_registered' ORDER BY id DESC LIMIT 1";
    app.sql().await.rows(trail).await[0]["address"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_choose_their_address() {
    let app = TestApp::start().await;
    for (n, forwarded) in [vec![], vec!["203.0.113.7"], vec!["203.0.113.7, 127.0.0.1"]].iter().enumerate() {
        assert_eq!(seen_from(&app, n, forwarded).await, "127.0.0.1", "{forwarded:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_address_is_taken_from_a_trusted_proxy() {
    let trusted_proxies = vec!["127.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()];
    let app = TestApp::with(Options { trusted_proxies, ..Options::default() }).await;
    for (n, (forwarded, address)) in [
        (vec![], "127.0.0.1"),
        (vec!["203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (vec!["198.51.100.1, 203.0.113.7, 10.1.2.3"], "203.0.113.7"),
        (vec!["198.51.100.1", "203.0.113.7,10.1.2.3"], "203.0.113.7"),
        (vec!["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (vec!["2001:db8::1"], "2001:db8::1"),
        (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
        (vec!["203.0.113.7, nonsense"], "127.0.0.1"),
        (vec!["203.0.113.7, nonsense, 10.1.2.3"], "10.1.2.3"),
        (vec![""], "127.0.0.1"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(seen_from(&app, n, &forwarded).await, address, "{forwarded:?}");
    }
}

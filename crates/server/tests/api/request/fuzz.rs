//! No body, query, path or header makes the service fail: errors are the client's (4xx).

use proptest::{
    collection::{hash_map, vec},
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::Value;
use tokio::runtime::Runtime;
use usher_testkit::{Answer, PASSWORD, Person, TestApp};

const CASES: u32 = 150;

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,40}",
        "[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{2,3}",
        "\\PC{0,80}",
        Just(PASSWORD.to_owned()),
        Just("admin".to_owned()),
        Just("user".to_owned()),
        Just("\0".to_owned()),
        Just("root".to_owned()),
    ]
}

fn names() -> impl Strategy<Value = String> {
    const FIELDS: &[&str] =
        &["username", "email", "password", "role", "current_password", "new_password", "status", "id", "token"];
    prop_oneof![proptest::sample::select(FIELDS).prop_map(str::to_owned), any::<String>()]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => texts().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
    ];
    let values = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(names(), inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    });
    let objects = hash_map(names(), values.clone(), 0..6).prop_map(|members| members.into_iter().collect());
    prop_oneof![6 => objects, 1 => values]
}

/// A service that lives as long as the property is tried, its admin, and a user.
struct Subject {
    runtime: Runtime,
    app: TestApp,
    admin: Person,
    ada: Person,
}

impl Subject {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let (app, admin, ada) = runtime.block_on(async {
            let app = TestApp::start().await;
            let (admin, ada) = (app.admin().await, app.user("ada").await);
            (app, admin, ada)
        });
        Self { runtime, app, admin, ada }
    }

    /// Sends what the strategy makes up, as the admin; whatever comes back must be an answer.
    fn withstands<S: Strategy>(&self, strategy: &S, request: impl Fn(&Self, S::Value) -> reqwest::RequestBuilder) {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(strategy, |value| {
            let request = request(self, value);
            // What the client itself cannot send proves nothing.
            let Some(sent) = request.try_clone().and_then(|request| request.build().ok()) else { return Ok(()) };
            let answer = self.runtime.block_on(Answer::to(request));
            if answer.status < 500 {
                return Ok(());
            }
            Err(TestCaseError::fail(format!("{} {}: {} {}", sent.method(), sent.url(), answer.status, answer.text)))
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        self.runtime.block_on(async {
            assert_eq!(self.app.nobody().get("/health/ready").await.status, 200);
        });
    }
}

#[test]
fn no_json_makes_the_service_fail() {
    let subject = Subject::start();
    let one = subject.ada.path();
    let operations = [
        ("POST", "/v1/register".to_owned()),
        ("POST", "/v1/users".to_owned()),
        ("PATCH", one.clone()),
        ("PUT", format!("{one}/password")),
        ("PATCH", subject.admin.path()),
        ("POST", format!("{one}/reactivate")),
    ];
    let strategy = (proptest::sample::select(operations.to_vec()), json(), any::<bool>());
    subject.withstands(&strategy, |subject, ((method, path), body, own)| {
        let client = if own { &subject.ada } else { &subject.admin };
        client.request(method, &path).json(&body)
    });
}

#[test]
fn no_bytes_make_the_service_fail() {
    const MEDIA: &[&str] = &["application/json", "application/x-www-form-urlencoded", "application/merge-patch+json"];
    const OPERATIONS: &[(&str, &str)] = &[("POST", "/v1/register"), ("POST", "/v1/oauth/token"), ("POST", "/v1/users")];
    let subject = Subject::start();
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        "[{}\\[\\]\":,a-z0-9\\\\]{0,60}".prop_map(String::into_bytes),
        "(grant_type=password&)?(username|password|%[0-9a-g]{2}|[&=+;]){0,12}".prop_map(String::into_bytes),
    ];
    let strategy = (proptest::sample::select(OPERATIONS), proptest::sample::select(MEDIA), bytes);
    subject.withstands(&strategy, |subject, ((method, path), media, body)| {
        subject.admin.request(method, path).header("content-type", media).body(body)
    });
}

#[test]
fn no_query_makes_the_service_fail() {
    let subject = Subject::start();
    let name = prop_oneof![
        4 => proptest::sample::select(&["limit", "offset", "cursor", "q", "role", "status", "sort"][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let value = prop_oneof![
        texts(),
        "-?[0-9]{1,22}",
        "[A-Za-z0-9_-]{1,60}",
        "-?(created_at|username|email|updated_at|last_login_at)",
    ];
    let encoded = vec((name, value), 0..5).prop_map(|pairs| {
        let mut url = reqwest::Url::parse("http://x/").unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        url.query().unwrap_or_default().to_owned()
    });
    let strategy =
        prop_oneof![3 => encoded, 1 => "[!-~]{0,80}".prop_filter("a fragment is no query", |text| !text.contains('#'))];
    subject.withstands(&strategy, |subject, query| subject.admin.request("GET", &format!("/v1/users?{query}")));
}

#[test]
fn no_path_or_header_makes_the_service_fail() {
    let subject = Subject::start();
    let path = prop_oneof![
        "/[!-~]{0,60}",
        "/v1/users/[0-9a-fA-F%{}-]{0,40}",
        "/docs/[!-~]{0,40}",
        Just("/v1".to_owned()),
        Just("/v1/me".to_owned()),
        Just(subject.ada.path()),
    ]
    .prop_filter("a fragment is no path", |text| !text.contains('#'));
    let name = proptest::sample::select(
        &["accept", "if-match", "authorization", "content-type", "x-forwarded-for", "origin", "range", "expect", "te"]
            [..],
    );
    let value = prop_oneof![
        "[ -~]{0,60}",
        "\\*/?\\*?;q=[0-9.]{1,5}",
        "(W/)?\"[0-9]{0,22}\"(, ?\"[0-9]\")?",
        "Bearer [!-~]{0,80}"
    ];
    let method = proptest::sample::select(&["GET", "HEAD", "OPTIONS", "PATCH", "DELETE", "PUT", "POST"][..]);
    let strategy = (method, path, vec((name, value), 0..3));
    subject.withstands(&strategy, |subject, (method, path, headers)| {
        let authorized = headers.iter().any(|(name, _)| *name == "authorization");
        let nobody = subject.app.nobody();
        let client = if authorized { &nobody } else { &subject.ada };
        headers.iter().fold(client.request(method, &path), |request, (name, value)| request.header(*name, value))
    });
}

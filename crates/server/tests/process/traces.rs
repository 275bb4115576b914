//! The traces that a collector receives, and requests without a collector.

use crate::{
    home::{Home, Service, wait_until},
    metrics,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use usher_testkit::{Answer, Client, Collector, PASSWORD, Span, Sql, new_database};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A home whose service sends traces there.
async fn home(url: &str) -> Home {
    Home::with_database().await.set("OTEL_EXPORTER_OTLP_ENDPOINT", url)
}

/// The answer to a GET that is part of a trace, which the caller records or not.
async fn traced(client: &Client, path: &str, kept: bool) -> Answer {
    let parent = format!("00-{TRACE}-{PARENT}-0{}", u8::from(kept));
    let request = client.request("GET", path).header("traceparent", parent);
    Answer::to(request.header("tracestate", "vendor=1").header("tracestate", "other=two")).await
}

/// The span of the request that had this answer.
fn of(spans: &[Span], answer: &Answer) -> Span {
    let id = answer.header("x-request-id");
    let mut found =
        spans.iter().filter(|span| span.attributes.get("usher.request_id").is_some_and(|known| known == id));
    let span = found.next().unwrap_or_else(|| panic!("no span of {id} in {spans:?}"));
    assert!(found.next().is_none(), "{id} has two spans");
    span.clone()
}

/// The spans below one, by name; where several have the same, the last of them.
fn below<'a>(spans: &'a [Span], span: &Span) -> BTreeMap<&'a str, &'a Span> {
    let below: Vec<_> = spans.iter().filter(|other| other.parent == span.id).collect();
    assert!(below.iter().all(|other| other.trace == span.trace && other.took <= span.took), "{below:?}");
    below.into_iter().map(|span| (span.name.as_str(), span)).collect()
}

/// The content of a span, without the request's id.
fn content(span: &Span) -> Value {
    let known = span.attributes.iter().filter(|(key, _)| *key != "usher.request_id");
    known.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Ada, who has just registered.
async fn ada(service: &Service) -> usher_testkit::Person {
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    nobody.sign_in("ada", PASSWORD).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_below_that_of_its_caller() {
    let collector = Collector::start().await;
    let home = home(&collector.url).await;
    let service = home.serve().await;
    let ada = ada(&service).await;
    let answer = traced(&ada, &ada.path(), true).await.expect_status(200);
    let version = env!("CARGO_PKG_VERSION");
    service.terminate().await;

    let spans = collector.spans();
    let span = of(&spans, &answer);
    assert_eq!((span.trace.as_str(), span.parent.as_str()), (TRACE, PARENT));
    assert_eq!(span.state, "vendor=1,other=two");
    assert_eq!((span.name.as_str(), span.kind, span.failed), ("get_user", 2, false));
    let expected = json!({
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/v1/users/{id}",
        "network.protocol.version": "1.1",
        "url.path": ada.path(),
        "url.scheme": "http",
    });
    assert_eq!(content(&span), expected);
    let below = below(&spans, &span);
    assert_eq!(below.keys().copied().collect::<Vec<_>>(), ["lookup"]);
    assert_eq!((below["lookup"].kind, content(below["lookup"])), (3, json!({ "db.system.name": "postgresql" })));

    let resource = collector.resource();
    assert_eq!((&resource["service.name"], &resource["service.version"]), (&json!("usher"), &json!(version)));
    assert_eq!(resource["telemetry.sdk.language"], "rust");
    let heads = collector.heads();
    assert!(heads.iter().all(|head| head.starts_with("post /v1/traces http/1.1\r\n")), "{heads:?}");
    assert!(heads.iter().all(|head| head.contains("content-type: application/x-protobuf")), "{heads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_show_where_the_time_of_a_request_goes_and_belong_to_a_request() {
    let collector = Collector::start().await;
    let home = home(&collector.url).await;
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let token = nobody.password_grant("ada", PASSWORD).await.expect_status(200);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    let update = ada.patch(&ada.path(), &json!({ "username": "ada.l" })).await.expect_status(200);
    // The service does something of its own too: it sends the mail that welcomes her.
    let outbox = home.data_dir().join("outbox");
    wait_until("the mail to leave", || outbox.read_dir().is_ok_and(|mut mails| mails.next().is_some())).await;
    service.terminate().await;

    let spans = collector.spans();
    let update = below(&spans, &of(&spans, &update));
    assert!(update.contains_key("lookup"), "{update:?}");
    assert!(below(&spans, update["transaction"]).contains_key("connection"));
    let token = below(&spans, &of(&spans, &token));
    let hash = below(&spans, token["password"])["hash"];
    assert!(hash.took > 1_000_000, "a hash in {} ns", hash.took);
    let roots: Vec<_> = spans.iter().filter(|span| span.parent.is_empty()).collect();
    assert!(roots.iter().all(|span| span.kind == 2), "{roots:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_and_what_failed_is_marked() {
    let collector = Collector::start().await;
    let database = new_database().await;
    let home = home(&collector.url).await.set("DATABASE_URL", &database);
    let service = home.serve().await;
    let ada = ada(&service).await;
    let refused = service.client().get("/v1/me").await.expect_status(401);
    let lost = service.client().get("/nowhere/ada@example.com").await.expect_status(404);
    let large = ada.patch(&ada.path(), &json!({ "username": "x".repeat(70_000) })).await.expect_status(413);
    let strange = Answer::to(service.client().request("ADA", "/v1/me")).await.expect_status(405);
    Sql::connect(&database).await.execute("DROP TABLE users CASCADE").await;
    let failed = ada.get(&ada.path()).await.expect_status(503);
    service.terminate().await;

    let spans = collector.spans();
    let span = |answer: &Answer| {
        let span = of(&spans, answer);
        let error = span.attributes["error.type"].as_str().unwrap().to_owned();
        let status = span.attributes["http.response.status_code"].as_u64().unwrap();
        (span.name, status, error, span.failed)
    };
    let expect = |name: &str, status, error: &str, failed| (name.to_owned(), status, error.to_owned(), failed);
    assert_eq!(span(&refused), expect("get_me", 401, "authentication_required", false));
    assert_eq!(span(&lost), expect("GET", 404, "not_found", false));
    assert_eq!(span(&large), expect("PATCH", 413, "body_too_large", false));
    assert_eq!(span(&strange), expect("HTTP", 405, "method_not_allowed", false));
    assert_eq!(of(&spans, &strange).attributes["http.request.method"], "_OTHER");
    assert_eq!(span(&failed), expect("get_user", 503, "unavailable", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_the_id_of_a_new_trace() {
    let collector = Collector::start().await;
    let home = home(&collector.url).await;
    let service = home.serve().await;
    let answer = service.client().get("/v1/me").await.expect_status(401);
    service.terminate().await;
    let span = of(&collector.spans(), &answer);
    assert_eq!(span.parent, "");
    let log = home.log();
    let entry = log.lines().find(|line| line.contains(answer.header("x-request-id"))).unwrap();
    let entry: Value = serde_json::from_str(entry).unwrap();
    assert_eq!(entry["trace_id"], span.trace);
    assert_eq!((entry.get("span"), entry.get("spans")), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_contains_neither_personal_data_nor_secrets() {
    let collector = Collector::start().await;
    let home = home(&collector.url)
        .await
        .set("USHER_LOG", "trace")
        .set("USHER_ADMIN_USERNAME", "boss")
        .set("USHER_ADMIN_EMAIL", "boss@example.com")
        .set("USHER_ADMIN_PASSWORD", PASSWORD);
    let service = home.serve().await;
    let nobody = service.client();
    let wrong = "the-wrong-password-4711";
    nobody.register("augusta").await.expect_status(201);
    nobody.password_grant("augusta", wrong).await.expect_status(400);
    let augusta = nobody.sign_in("augusta", PASSWORD).await;
    let boss = nobody.sign_in("boss", PASSWORD).await;
    boss.get("/v1/users?q=somebodys-secret-name").await.expect_status(200);
    boss.get("/v1/users/augusta@example.com").await.expect_status(400);
    nobody.get("/v1/augusta").await.expect_status(404);
    nobody.get("/docs/augusta").await.expect_status(404);
    augusta.with_token("a-forged-token").get("/v1/me").await.expect_status(401);
    let strange = augusta.request("GET", "/v1/me").header("user-agent", "augusta's").header("traceparent", "augusta");
    Answer::to(strange.header("tracestate", "augusta")).await.expect_status(200);
    service.terminate().await;
    let said = format!("{:?} of {:?}", collector.spans(), collector.resource());
    assert!(said.contains("issue_token") && !said.contains("127.0.0.1"), "{said}");
    for secret in [
        PASSWORD,
        wrong,
        "augusta",
        "boss",
        "example.com",
        "somebodys-secret-name",
        "a-forged-token",
        "$2b$",
        "SELECT",
        augusta.access_token().unwrap(),
        augusta.token["refresh_token"].as_str().unwrap(),
    ] {
        assert!(!collector.has(secret), "{secret} was sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_or_silent_collector_fails_no_request_and_does_not_delay_the_stop() {
    let silent = Collector::silent().await;
    // No process listens on port 1.
    for url in ["http://127.0.0.1:1", &silent.url] {
        let home = home(url).await;
        let service = home.serve().await;
        let ada = ada(&service).await;
        for _ in 0..20 {
            traced(&ada, &ada.path(), true).await.expect_status(200);
        }
        let began = Instant::now();
        service.terminate().await;
        assert!(began.elapsed() < Duration::from_secs(15), "{url}: {:?}", began.elapsed());
        let log = home.log();
        let expected = ["trace collector unavailable", "cannot export the last spans"];
        assert!(expected.iter().any(|message| log.contains(message)), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_for_which_there_is_no_room_are_dropped_and_counted() {
    let collector = Collector::silent().await;
    let home = home(&collector.url).await.set("USHER_METRICS_LISTEN", "127.0.0.1:0");
    let service = home.serve().await;
    let nobody = service.client();
    let count = async |name: &str| metrics::read(&home).await[&format!("usher_spans_{name}")];
    // A batch of 512 is being sent in vain, and 2,048 spans wait.
    while count("dropped_total").await < 1.0 {
        for _ in 0..100 {
            nobody.get("/health/live").await.expect_status(200);
        }
    }
    assert!((1500.0..=2048.0).contains(&count("waiting").await));
    assert!(count("exported_total").await <= 0.0);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcomes_of_spans_are_counted() {
    let collector = Collector::start().await;
    let home = home(&collector.url).await.set("USHER_METRICS_LISTEN", "127.0.0.1:0");
    let service = home.serve().await;
    service.client().get("/v1").await.expect_status(200);
    wait_until("the first span", || !collector.spans().is_empty()).await;
    let mut metrics = metrics::read(&home).await;
    while metrics["usher_spans_exported_total"] < 1.0 {
        metrics = metrics::read(&home).await;
    }
    for none in ["waiting", "dropped_total", "undelivered_total"] {
        assert!(metrics[&format!("usher_spans_{none}")] <= 0.0, "{none}");
    }
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sampler_decides_which_traces_are_sent() {
    // With a caller who records the trace, with one who does not, and without one.
    for (sampler, share, sent) in [
        ("always_on", "1", [true, true, true]),
        ("always_off", "1", [false, false, false]),
        ("traceidratio", "0", [false, false, false]),
        ("parentbased_always_on", "1", [true, false, true]),
        ("parentbased_always_off", "1", [true, false, false]),
        ("parentbased_traceidratio", "0", [true, false, false]),
        ("parentbased_traceidratio", "1", [true, false, true]),
    ] {
        let collector = Collector::start().await;
        let home = home(&collector.url).await.set("OTEL_TRACES_SAMPLER", sampler).set("OTEL_TRACES_SAMPLER_ARG", share);
        let service = home.serve().await;
        let nobody = service.client();
        let answers = [
            traced(&nobody, "/v1", true).await.expect_status(200),
            traced(&nobody, "/v1", false).await.expect_status(200),
            nobody.get("/v1").await.expect_status(200),
        ];
        service.terminate().await;
        let spans = collector.spans();
        let came = answers.map(|answer| {
            let id = Value::from(answer.header("x-request-id"));
            spans.iter().any(|span| span.attributes.get("usher.request_id") == Some(&id))
        });
        assert_eq!(came, sent, "{sampler} {share}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_is_used_over_tls_and_gets_its_header_fields() {
    let collector = Collector::encrypted().await;
    let home = Home::with_database().await;
    let authorities = home.file("authorities.pem", &collector.certificate);
    let secret = "a-key-of-the-collectors";
    let headers = home.file("headers", &format!("api-key={secret},x-scope=a%20b\n"));
    let home = home
        .set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/elsewhere/", collector.url))
        .set("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        .set("OTEL_EXPORTER_OTLP_HEADERS_FILE", &headers)
        .set("OTEL_SERVICE_NAME", "accounts")
        .set("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%20test,service.name=other")
        .set("SSL_CERT_FILE", &authorities)
        .set("USHER_LOG", "trace");
    let service = home.serve().await;
    service.client().get("/v1").await.expect_status(200);
    service.terminate().await;
    assert!(!collector.spans().is_empty(), "{}", home.log());
    let head = &collector.heads()[0];
    for part in ["post /elsewhere/ http", &format!("api-key: {secret}\r\n"), "x-scope: a b\r\n"] {
        assert!(head.contains(part), "{part} is not in {head}");
    }
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "accounts");
    assert_eq!(resource["deployment.environment.name"], "a test");
    assert!(!home.log().contains(secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_with_an_untrusted_certificate_is_sent_nothing() {
    let collector = Collector::encrypted().await;
    let home = home(&collector.url).await.set("SSL_CERT_FILE", "/dev/null");
    let service = home.serve().await;
    service.client().get("/v1").await.expect_status(200);
    service.terminate().await;
    assert!(collector.heads().is_empty());
    assert!(home.log().contains("trace collector unavailable"), "{}", home.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_header_fields_are_reported_by_their_variable_alone() {
    let home = home("http://127.0.0.1:1").await.set("OTEL_EXPORTER_OTLP_HEADERS", "a-key-of-the-collectors");
    for command in ["serve", "check"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(complaint.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{complaint}");
        assert!(!complaint.contains("a-key-of-the-collectors"), "{complaint}");
    }
}

//! The metrics for Prometheus.

// What is compared are counts, and those are whole.
#![allow(clippy::float_cmp)]

use crate::home::{Home, Service, wait_until};
use serde_json::Value;
use std::collections::BTreeMap;
use usher_testkit::{Answer, PASSWORD};

/// A home whose service lets metrics be read on a port that is free.
pub async fn home() -> Home {
    Home::with_database().await.set("USHER_METRICS_LISTEN", "127.0.0.1:0")
}

/// The URL of the metrics in the log.
fn url(home: &Home) -> Option<String> {
    let log = home.log();
    let mut entries = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.find(|entry| entry["message"] == "serving metrics")?["url"].as_str().map(str::to_owned)
}

/// The series and their values.
pub async fn read(home: &Home) -> BTreeMap<String, f64> {
    let answer = reqwest::get(url(home).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let media = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(media, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let samples = samples.map(|line| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.to_owned(), value.parse().unwrap())
    });
    samples.collect()
}

/// All series, also those that come from the database: the service leaves them out if it does not answer within a second, as
/// on a busy machine.
pub async fn read_complete(home: &Home) -> BTreeMap<String, f64> {
    loop {
        let series = read(home).await;
        if series.contains_key("usher_mail_backlog") {
            return series;
        }
    }
}

/// Calls with every outcome that is counted.
pub async fn calls(service: &Service) {
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    nobody.register("ada").await.expect_status(409);
    nobody.password_grant("ada", "not-her-password").await.expect_status(400);
    let ada = nobody.sign_in("ada", PASSWORD).await;
    for _ in 0..3 {
        ada.get(&ada.path()).await.expect_status(200);
    }
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    nobody.form("/v1/oauth/token", &refresh).await.expect_status(200);
    for path in ["/nowhere", "/v1/nowhere/else", "/etc/passwd"] {
        nobody.get(path).await.expect_status(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_and_timed_by_operation_and_status() {
    let home = home().await;
    let service = home.serve().await;
    calls(&service).await;
    let metrics = read(&home).await;
    let requests = |operation: &str, status: u16| {
        metrics[&format!("usher_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}}")]
    };
    assert_eq!(requests("register_user", 201), 1.0);
    assert_eq!(requests("register_user", 409), 1.0);
    assert_eq!(requests("issue_token", 200), 2.0);
    assert_eq!(requests("issue_token", 400), 1.0);
    assert_eq!(requests("get_user", 200), 3.0);
    assert_eq!(requests("none", 404), 3.0, "paths that are none are one series");
    let timed = |series: &str| metrics[&format!("usher_http_request_duration_seconds_{series}")];
    assert_eq!(timed("count{operation=\"get_user\",status=\"200\"}"), 3.0);
    assert_eq!(timed("count{operation=\"register_user\",status=\"409\"}"), 1.0);
    assert_eq!(timed("bucket{le=\"+Inf\",operation=\"get_user\",status=\"200\"}"), 3.0);
    assert!(timed("sum{operation=\"get_user\",status=\"200\"}") > 0.0);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_of_the_console_is_counted_under_names_of_its_own() {
    let home = home().await;
    let service = home.serve().await;
    let nobody = service.client();
    nobody.register("ada").await.expect_status(201);
    let ask = async |method: &str, path: &str, body: String| {
        let request = nobody.request(method, path).header("sec-fetch-site", "same-origin");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::to(request.body(body)).await.status
    };
    for (password, status) in [(PASSWORD, 200), ("not-her-password", 400)] {
        let body = format!("grant_type=password&username=ada&password={password}");
        assert_eq!(ask("POST", "/console/session", body).await, status);
    }
    assert_eq!(ask("POST", "/console/token", String::new()).await, 401);
    assert_eq!(ask("DELETE", "/console/session", String::new()).await, 204);
    nobody.act("/console/token").await.expect_status(403);
    let metrics = read(&home).await;
    for (endpoint, status) in [
        ("console_sign_in", 200),
        ("console_sign_in", 400),
        ("console_token", 401),
        ("console_token", 403),
        ("console_sign_out", 204),
    ] {
        let series = format!("usher_http_requests_total{{operation=\"{endpoint}\",status=\"{status}\"}}");
        assert_eq!(metrics.get(&series), Some(&1.0), "{series}");
    }
    assert_eq!(metrics["usher_sign_ins_total{result=\"success\"}"], 1.0);
    assert_eq!(metrics["usher_sign_ins_total{result=\"failure\"}"], 1.0);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_that_alerts_use_are_exported_as_zero_from_the_start() {
    let home = home().await;
    let service = home.serve().await;
    let metrics = read(&home).await;
    let document = service.client().get("/openapi.json").await.expect_status(200).json;
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let operations: Vec<&str> = operations.filter_map(|operation| operation["operationId"].as_str()).collect();
    assert!(operations.len() > 20, "{operations:?}");
    let console = ["console_sign_in", "console_token", "console_sign_out"];
    for operation in operations.into_iter().chain(console).chain(["none"]) {
        for status in [500, 503] {
            let series = format!("usher_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}}");
            assert_eq!(metrics.get(&series), Some(&0.0), "{series}");
        }
    }
    for result in ["success", "failure", "throttled", "unavailable", "error"] {
        let series = format!("usher_sign_ins_total{{result=\"{result}\"}}");
        assert_eq!(metrics.get(&series), Some(&0.0), "{series}");
    }
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_all_parts_of_the_service_are_exported() {
    let home = home().await;
    let service = home.serve().await;
    calls(&service).await;
    // The mail that welcomes her leaves in a moment.
    let outbox = home.data_dir().join("outbox");
    wait_until("the mail to leave", || outbox.read_dir().is_ok_and(|mut mails| mails.next().is_some())).await;
    let metrics = read(&home).await;
    let value = |series: &str| metrics.get(series).copied().unwrap_or_else(|| panic!("no {series} in {metrics:?}"));
    assert_eq!(value("usher_sign_ins_total{result=\"success\"}"), 1.0);
    assert_eq!(value("usher_sign_ins_total{result=\"failure\"}"), 1.0);
    assert_eq!(value("usher_database_up"), 1.0);
    assert_eq!(value("usher_pool_connections_max"), 16.0);
    assert!((1.0..=16.0).contains(&value("usher_pool_connections")));
    assert!(value("usher_pool_connections_in_use") <= value("usher_pool_connections"));
    assert_eq!(value("usher_pool_waiting"), 0.0);
    // Once to see who she is, then three times herself; each of her two tokens asks which key signs.
    assert_eq!(value("usher_lookups_total"), 6.0);
    assert_eq!(value("usher_lookup_round_trips_total"), 6.0);
    assert_eq!(value("usher_token_cache_misses_total"), 1.0);
    assert_eq!(value("usher_token_cache_hits_total"), 3.0);
    for idle in [
        "usher_spans_waiting",
        "usher_spans_exported_total",
        "usher_spans_undelivered_total",
        "usher_spans_dropped_total",
        "usher_lookup_waiting",
        "usher_hashing_waiting",
        "usher_hashing_running",
        "usher_hashing_refused_total",
    ] {
        assert_eq!(value(idle), 0.0, "{idle}");
    }
    assert!(value("usher_mail_backlog") <= 1.0);
    assert!(value("usher_mail_backlog_age_seconds") < 60.0);
    assert_eq!(value(concat!("usher_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}")), 1.0);
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("process_open_fds") > 5.0);
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_the_service_keep_to_their_own_listeners() {
    let home = home().await;
    let service = home.serve().await;
    calls(&service).await;
    service.client().get("/metrics").await.expect_status(404);
    let url = url(&home).unwrap();
    let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
    let text = text.replace("get_oauth_metadata", "");
    for private in ["ada", "nowhere", "passwd", "127.0.0.1"] {
        assert!(!text.contains(private), "{private} is in the metrics");
    }
    for path in ["/", "/v1", "/health/live"] {
        assert_eq!(reqwest::get(url.replace("/metrics", path)).await.unwrap().status(), 404);
    }
    service.terminate().await;
    assert!(reqwest::get(&url).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_there_is_no_listener_and_an_address_in_use_is_named() {
    let first = Home::with_database().await;
    let service = first.serve().await;
    assert_eq!(url(&first), None);
    let taken = format!("127.0.0.1:{}", service.port());
    let second = Home::with_database().await.set("USHER_METRICS_LISTEN", &taken);
    let complaint = second.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_METRICS_LISTEN") && complaint.contains(&taken), "{complaint}");
    assert!(complaint.contains("in use"), "{complaint}");
    service.terminate().await;
}

//! Requests that may fail.

use crate::home::Home;
use serde_json::Value;
use std::{net::TcpListener, time::Duration};
use usher_testkit::Client;

/// Longer than any answer may take.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// The outcome of a request.
#[derive(Debug)]
pub enum Outcome {
    /// An answer: success or refusal.
    Answered(u16, Value),
    /// 503 with `Retry-After`: the service could not do it, or does not know whether it did.
    Unavailable,
    /// The connection broke.
    Lost,
}

/// Sends a request.
///
/// # Panics
/// If the answer is a 503 without `Retry-After`, or does not come in time.
pub async fn send(request: reqwest::RequestBuilder) -> Outcome {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").cloned();
        Ok::<_, reqwest::Error>((status, retry_after, response.text().await?))
    });
    match answer.await.expect("an answer in time") {
        Err(_) => Outcome::Lost,
        Ok((503, retry_after, text)) => {
            let seconds: Option<u64> = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
            assert!(seconds.is_some_and(|seconds| seconds >= 1), "503 without Retry-After: {text}");
            Outcome::Unavailable
        }
        Ok((status, _, text)) => Outcome::Answered(status, serde_json::from_str(&text).unwrap_or(Value::Null)),
    }
}

/// The status, or 0 without an answer.
pub async fn status(client: &Client, path: &str) -> u16 {
    match send(client.request("GET", path)).await {
        Outcome::Answered(status, _) => status,
        Outcome::Unavailable => 503,
        Outcome::Lost => 0,
    }
}

/// Settings for a service on this database, with the same port after a restart and without rate limits.
pub fn home(database: &str) -> Home {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Home::new()
        .set("DATABASE_URL", database)
        .set("USHER_LISTEN", &format!("127.0.0.1:{port}"))
        .set("USHER_RATE_LIMIT", "off")
        .set("USHER_LOG", "warn")
}

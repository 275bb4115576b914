//! The clients of the replicas, signed in or not, and the outcomes that are allowed.

use super::shared_state::{Record, Violation};
use crate::clients::{Outcome, send};
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use usher_testkit::Client;

/// Pause before each request of a scenario.
const REQUEST_INTERVAL: Duration = Duration::from_millis(250);
/// Pause after a request without an answer.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// Pause after a request that was rate limited.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(1);
/// Maximum time that a request is retried.
const RETRY_TIMEOUT: Duration = Duration::from_mins(1);
/// A refresh token that is used again later than this after it was spent ends its session.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// A request that can be sent to either replica.
#[derive(Debug, Clone)]
pub struct RequestSpec {
    method: String,
    pub path: String,
    /// The media type, and the body.
    body: Option<(&'static str, String)>,
}

impl RequestSpec {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), body: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// The request of a link of a resource.
    pub fn link(resource: &Value, relation: &str) -> Option<Self> {
        let link = &resource["_links"][relation];
        Some(Self::new(link["method"].as_str().unwrap_or("GET"), link["href"].as_str()?))
    }

    pub fn json(self, body: &Value) -> Self {
        Self { body: Some(("application/json", body.to_string())), ..self }
    }

    pub fn form(self, body: String) -> Self {
        Self { body: Some(("application/x-www-form-urlencoded", body)), ..self }
    }

    fn changes(&self) -> bool {
        self.method != "GET"
    }
}

/// The tokens of a session.
#[derive(Debug, Clone, Default)]
struct Tokens {
    access: String,
    refresh: String,
}

/// A client with an address of its own.
#[derive(Clone)]
pub struct Caller {
    pub record: Arc<Record>,
    clients: [Client; 2],
    address: String,
    tokens: Tokens,
    since: Instant,
}

impl Caller {
    /// A client that is not signed in, at the address of this number.
    pub fn nobody(record: &Arc<Record>, replicas: &[Client; 2], number: usize) -> Self {
        let [high, middle, low] = [number >> 16, number >> 8, number].map(|part| part % 256);
        let (record, clients, address) = (Arc::clone(record), replicas.clone(), format!("10.{middle}.{low}.{high}"));
        Self { record, clients, address, tokens: Tokens::default(), since: Instant::now() }
    }

    /// The age of the tokens.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// The same client with another access token, which may be invalid.
    pub fn with_access(&self, access: &str) -> Self {
        self.with(Tokens { access: access.to_owned(), refresh: String::new() })
    }

    fn with(&self, tokens: Tokens) -> Self {
        let clients = self.clients.each_ref().map(|client| client.with_token(&tokens.access));
        Self { clients, tokens, since: Instant::now(), ..self.clone() }
    }

    /// Sends a request to one replica; `None` if it was unavailable, rate limited, or the connection was lost.
    pub async fn ask(&self, at: usize, ask: &RequestSpec) -> Option<(u16, Value)> {
        let Record { answered, acknowledged, unavailable, rate_limited, lost, .. } = &*self.record;
        let request = self.clients[at].request(&ask.method, &ask.path).header("x-forwarded-for", &self.address);
        let request = match &ask.body {
            Some((media, body)) => request.header("content-type", *media).body(body.clone()),
            None => request,
        };
        let sent_at = Instant::now();
        let outcome = send(request).await;
        self.record.waited(sent_at.elapsed(), || format!("{} {} at replica {at}", ask.method, ask.path));
        match outcome {
            Outcome::Answered(429, _) => {
                rate_limited.fetch_add(1, Relaxed);
                sleep(RATE_LIMIT_PAUSE).await;
            }
            Outcome::Answered(status @ 500.., body) => {
                self.record.violation(format!("{ask:?} got {status}: {body}"));
            }
            Outcome::Answered(status, body) => {
                answered.fetch_add(1, Relaxed);
                if ask.changes() && status < 300 {
                    acknowledged.fetch_add(1, Relaxed);
                }
                return Some((status, body));
            }
            Outcome::Unavailable => {
                unavailable.fetch_add(1, Relaxed);
                sleep(RETRY_PAUSE).await;
            }
            Outcome::Lost => {
                lost[at].fetch_add(1, Relaxed);
                sleep(RETRY_PAUSE).await;
            }
        }
        None
    }

    /// Sends a request to one replica and then the other until there is an answer. Also returns the number of requests before.
    pub async fn answer(&self, at: usize, ask: &RequestSpec) -> Result<(usize, u16, Value), Violation> {
        let began = Instant::now();
        for n in 0.. {
            if let Some((status, body)) = self.ask((at + n) % 2, ask).await {
                return Ok((n, status, body));
            }
            if began.elapsed() > RETRY_TIMEOUT {
                break;
            }
        }
        Err(self.record.violation(format!("{ask:?}: no answer within {RETRY_TIMEOUT:?}")))
    }

    /// The answer must have this status or, after more than one request, the status for a change that an earlier one has made.
    pub async fn must(
        &self,
        at: usize,
        ask: &RequestSpec,
        status: u16,
        served_before: u16,
    ) -> Result<Value, Violation> {
        sleep(REQUEST_INTERVAL).await;
        let (before, answer, body) = self.answer(at, ask).await?;
        if answer == status || (before > 0 && answer == served_before) {
            return Ok(body);
        }
        let what = format!("{ask:?} from {}, {before} before it: {answer} instead of {status}: {body}", self.address);
        Err(self.record.violation(what))
    }

    /// Reads; this must succeed.
    pub async fn read(&self, at: usize, path: &str) -> Result<Value, Violation> {
        self.must(at, &RequestSpec::get(path), 200, 200).await
    }

    /// The request of a link, which must exist.
    pub fn follow(&self, at: usize, from: &Value, relation: &str) -> Result<RequestSpec, Violation> {
        RequestSpec::link(from, relation).ok_or_else(|| {
            let what = format!("no link {relation} for {} at replica {at}: {from}", self.address);
            self.record.violation(what)
        })
    }

    /// Both replicas must refuse, without delay.
    pub async fn refused(&self, ask: &RequestSpec, status: u16) -> Result<(), Violation> {
        for at in [1, 0] {
            while !self.refused_by(at, ask, status).await? {}
        }
        Ok(())
    }

    /// This replica must refuse; returns whether it answered.
    pub async fn refused_by(&self, at: usize, ask: &RequestSpec, status: u16) -> Result<bool, Violation> {
        match self.ask(at, ask).await {
            Some((answer, _)) if answer == status => {
                self.record.refused.fetch_add(1, Relaxed);
                Ok(true)
            }
            Some((answer, body)) => {
                let what = format!("{ask:?} at replica {at}: {answer} instead of {status}: {body}");
                Err(self.record.violation(what))
            }
            None => Ok(false),
        }
    }

    /// The access token must be refused by both replicas from now on.
    pub async fn expect_signed_out(&self) -> Result<(), Violation> {
        self.refused(&RequestSpec::get("/v1/me"), 401).await?;
        let change = RequestSpec::new("PATCH", "/v1/users/00000000-0000-7000-8000-000000000000");
        self.refused(&change.json(&json!({ "username": "nobody" })), 401).await?;
        self.record.remember_revoked(&self.tokens.access);
        Ok(())
    }

    /// The request for a token with a password.
    pub fn password_grant(username: &str, password: &str) -> RequestSpec {
        let form = format!("grant_type=password&username={username}&password={password}");
        RequestSpec::new("POST", "/v1/oauth/token").form(form)
    }

    /// Signs in; this must succeed.
    pub async fn sign_in(&self, at: usize, username: &str, password: &str) -> Result<Self, Violation> {
        let body = self.must(at, &Self::password_grant(username, password), 200, 200).await?;
        Ok(self.with(Tokens::read(&body)))
    }

    /// The same session with new tokens; `None` if a lost refresh could not be repeated in time, so that a new sign-in is
    /// needed.
    pub async fn refresh(&self, at: usize) -> Result<Option<Self>, Violation> {
        let form = format!("grant_type=refresh_token&refresh_token={}", self.tokens.refresh);
        let ask = RequestSpec::new("POST", "/v1/oauth/token").form(form);
        let began = Instant::now();
        match self.answer(at, &ask).await? {
            (_, 200, body) => Ok(Some(self.with(Tokens::read(&body)))),
            (before, 400, _) if before > 0 && began.elapsed() > GRACE_PERIOD => Ok(None),
            (before, status, body) => {
                let what = format!("a refresh, {before} before it, after {:?}: {status}: {body}", began.elapsed());
                Err(self.record.violation(what))
            }
        }
    }
}

impl Tokens {
    fn read(body: &Value) -> Self {
        let token = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { access: token("access_token"), refresh: token("refresh_token") }
    }
}

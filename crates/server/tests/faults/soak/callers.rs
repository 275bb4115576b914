//! Who asks the replicas, as somebody or as nobody, and what may come of it.

use super::world::{Book, Breach};
use crate::clients::{Outcome, send};
use serde_json::{Value, json};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};
use tokio::time::sleep;
use usher_testkit::Client;

/// Before each request of somebody who does one thing after another.
const PACE: Duration = Duration::from_millis(250);
/// After a request that was not answered, and after one that came too often.
const PAUSE: Duration = Duration::from_millis(100);
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// Longest that anybody tries.
const PATIENCE: Duration = Duration::from_mins(1);
/// A refresh token that comes back after it was spent for longer than this ends its session.
const GRACE: Duration = Duration::from_secs(10);

/// A request, to be made of either replica.
#[derive(Debug, Clone)]
pub struct Ask {
    method: String,
    pub path: String,
    /// The media type, and the body.
    body: Option<(&'static str, String)>,
}

impl Ask {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), body: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Where a link of a resource leads.
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

/// Somebody with an address of their own.
#[derive(Clone)]
pub struct Caller {
    pub book: Arc<Book>,
    clients: [Client; 2],
    address: String,
    tokens: Tokens,
    since: Instant,
}

impl Caller {
    /// Nobody, at the address of that number.
    pub fn nobody(book: &Arc<Book>, replicas: &[Client; 2], number: usize) -> Self {
        let [high, middle, low] = [number >> 16, number >> 8, number].map(|part| part % 256);
        let (book, clients, address) = (Arc::clone(book), replicas.clone(), format!("10.{middle}.{low}.{high}"));
        Self { book, clients, address, tokens: Tokens::default(), since: Instant::now() }
    }

    /// For how long they have had their tokens.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// The same caller with another access token, which need not be any good.
    pub fn with_access(&self, access: &str) -> Self {
        self.with(Tokens { access: access.to_owned(), refresh: String::new() })
    }

    fn with(&self, tokens: Tokens) -> Self {
        let clients = self.clients.each_ref().map(|client| client.with_token(&tokens.access));
        Self { clients, tokens, since: Instant::now(), ..self.clone() }
    }

    /// What one replica answers; `None` where it could not, or cannot say.
    pub async fn ask(&self, at: usize, ask: &Ask) -> Option<(u16, Value)> {
        let Book { answered, acknowledged, put_off, slowed, lost, .. } = &*self.book;
        let request = self.clients[at].request(&ask.method, &ask.path).header("x-forwarded-for", &self.address);
        let request = match &ask.body {
            Some((media, body)) => request.header("content-type", *media).body(body.clone()),
            None => request,
        };
        let asked = Instant::now();
        let outcome = send(request).await;
        self.book.waited(asked.elapsed(), || format!("{} {} at replica {at}", ask.method, ask.path));
        match outcome {
            Outcome::Answered(429, _) => {
                slowed.fetch_add(1, Relaxed);
                sleep(LONG_PAUSE).await;
            }
            Outcome::Answered(status @ 500.., body) => {
                self.book.breach(format!("{ask:?} was answered with {status}: {body}"));
            }
            Outcome::Answered(status, body) => {
                answered.fetch_add(1, Relaxed);
                if ask.changes() && status < 300 {
                    acknowledged.fetch_add(1, Relaxed);
                }
                return Some((status, body));
            }
            Outcome::PutOff => {
                put_off.fetch_add(1, Relaxed);
                sleep(PAUSE).await;
            }
            Outcome::Lost => {
                lost[at].fetch_add(1, Relaxed);
                sleep(PAUSE).await;
            }
        }
        None
    }

    /// Asks one replica and then the other until there is an answer; tells how often it was asked before, too.
    pub async fn answer(&self, at: usize, ask: &Ask) -> Result<(usize, u16, Value), Breach> {
        let began = Instant::now();
        for n in 0.. {
            if let Some((status, body)) = self.ask((at + n) % 2, ask).await {
                return Ok((n, status, body));
            }
            if began.elapsed() > PATIENCE {
                break;
            }
        }
        Err(self.book.breach(format!("{ask:?}: no answer within {PATIENCE:?}")))
    }

    /// The answer must be of this status, or, where it took more than one request, of the status that says that one before it
    /// was served.
    pub async fn must(&self, at: usize, ask: &Ask, status: u16, served_before: u16) -> Result<Value, Breach> {
        sleep(PACE).await;
        let (before, answer, body) = self.answer(at, ask).await?;
        if answer == status || (before > 0 && answer == served_before) {
            return Ok(body);
        }
        let what = format!("{ask:?} from {}, {before} before it: {answer} instead of {status}: {body}", self.address);
        Err(self.book.breach(what))
    }

    /// Reads, which must succeed.
    pub async fn read(&self, at: usize, path: &str) -> Result<Value, Breach> {
        self.must(at, &Ask::get(path), 200, 200).await
    }

    /// Follows a link that must be there.
    pub fn follow(&self, at: usize, from: &Value, relation: &str) -> Result<Ask, Breach> {
        Ask::link(from, relation).ok_or_else(|| {
            let what = format!("no link {relation} for {} at replica {at}: {from}", self.address);
            self.book.breach(what)
        })
    }

    /// Both replicas must refuse, from the first moment on.
    pub async fn refused(&self, ask: &Ask, status: u16) -> Result<(), Breach> {
        for at in [1, 0] {
            while !self.refused_by(at, ask, status).await? {}
        }
        Ok(())
    }

    /// This replica must refuse; tells whether it has answered.
    pub async fn refused_by(&self, at: usize, ask: &Ask, status: u16) -> Result<bool, Breach> {
        match self.ask(at, ask).await {
            Some((answer, _)) if answer == status => {
                self.book.refused.fetch_add(1, Relaxed);
                Ok(true)
            }
            Some((answer, body)) => {
                let what = format!("{ask:?} at replica {at}: {answer} instead of {status}: {body}");
                Err(self.book.breach(what))
            }
            None => Ok(false),
        }
    }

    /// The access token opens nothing any more, and never will again.
    pub async fn is_out(&self) -> Result<(), Breach> {
        self.refused(&Ask::get("/v1/me"), 401).await?;
        let change = Ask::new("PATCH", "/v1/users/00000000-0000-7000-8000-000000000000");
        self.refused(&change.json(&json!({ "username": "nobody" })), 401).await?;
        self.book.bury(&self.tokens.access);
        Ok(())
    }

    /// The request for a token with a password.
    pub fn password_grant(username: &str, password: &str) -> Ask {
        let form = format!("grant_type=password&username={username}&password={password}");
        Ask::new("POST", "/v1/oauth/token").form(form)
    }

    /// Signs in, which must succeed.
    pub async fn sign_in(&self, at: usize, username: &str, password: &str) -> Result<Self, Breach> {
        let body = self.must(at, &Self::password_grant(username, password), 200, 200).await?;
        Ok(self.with(Tokens::read(&body)))
    }

    /// The same session with new tokens. Whoever cannot repeat a lost refresh in time has to sign in again: `None`.
    pub async fn refresh(&self, at: usize) -> Result<Option<Self>, Breach> {
        let form = format!("grant_type=refresh_token&refresh_token={}", self.tokens.refresh);
        let ask = Ask::new("POST", "/v1/oauth/token").form(form);
        let began = Instant::now();
        match self.answer(at, &ask).await? {
            (_, 200, body) => Ok(Some(self.with(Tokens::read(&body)))),
            (before, 400, _) if before > 0 && began.elapsed() > GRACE => Ok(None),
            (before, status, body) => {
                let what = format!("a refresh, {before} before it, after {:?}: {status}: {body}", began.elapsed());
                Err(self.book.breach(what))
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

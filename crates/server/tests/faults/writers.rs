//! Clients that write continuously and log what the service has acknowledged, and the comparison of these logs with the
//! database.

use crate::clients::{Outcome, send};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{task::JoinHandle, time::timeout};
use usher_testkit::{Client, PASSWORD, Sql};

/// The number of concurrent writers.
const WRITERS: usize = 8;
/// Changes of a user before the next one registers.
const CHANGES: usize = 15;
/// Pause after a request without an answer, as a client would make.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Maximum time until a write succeeds again.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(1);

/// Writers may be started several times on one database.
static CROWDS: AtomicUsize = AtomicUsize::new(0);

/// A user of a writer, with the names that are possible.
struct Entry {
    id: String,
    /// The name that was acknowledged last, then those whose change has no answer.
    names: Vec<String>,
}

#[derive(Default)]
struct WriteLog {
    users: Vec<Entry>,
    /// The violations.
    faults: Vec<String>,
}

/// The writers, and a client without a valid token.
pub struct Writers {
    tasks: Vec<JoinHandle<WriteLog>>,
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    done: AtomicBool,
    acknowledged: AtomicUsize,
    unavailable: AtomicUsize,
    lost: AtomicUsize,
    /// The time from which waits are measured, and the longest since, in milliseconds.
    measured_from: AtomicU64,
    longest: AtomicU64,
}

impl Writers {
    pub fn start(url: &str) -> Self {
        let shared = Arc::new(Shared {
            began: Instant::now(),
            done: AtomicBool::default(),
            acknowledged: AtomicUsize::default(),
            unavailable: AtomicUsize::default(),
            lost: AtomicUsize::default(),
            measured_from: AtomicU64::default(),
            longest: AtomicU64::default(),
        });
        let crowd = CROWDS.fetch_add(1, Ordering::Relaxed);
        let writers = (0..WRITERS).map(|n| {
            let (name, client) = (format!("c{crowd}w{n}"), Client::new(url));
            let writer = Writer { name, client, shared: Arc::clone(&shared), journal: WriteLog::default() };
            tokio::spawn(writer.run())
        });
        let intruder = tokio::spawn(intrude(Client::new(url), Arc::clone(&shared)));
        let tasks = writers.chain([intruder]).collect();
        Self { tasks, shared }
    }

    /// Waits until this many more writes are acknowledged; returns the time that it took.
    pub async fn progress(&self, more: usize) -> Duration {
        let began = Instant::now();
        let goal = self.shared.acknowledged.load(Ordering::Relaxed) + more;
        let progress = async {
            while self.shared.acknowledged.load(Ordering::Relaxed) < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(RECOVERY_TIMEOUT, progress).await.is_ok(), "no write was acknowledged any more");
        began.elapsed()
    }

    /// Waits until a request got a 503 or lost its connection.
    pub async fn trouble(&self) {
        let troubles = || self.shared.unavailable.load(Ordering::Relaxed) + self.shared.lost.load(Ordering::Relaxed);
        let before = troubles();
        let trouble = async {
            while troubles() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(RECOVERY_TIMEOUT, trouble).await.is_ok(), "no request noticed it");
    }

    /// The number of requests that lost their connection.
    pub fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Measures the waits of requests that are sent after this.
    pub fn measure_waits(&self) {
        self.shared.measured_from.store(milliseconds(self.shared.began.elapsed()), Ordering::Relaxed);
        self.shared.longest.store(0, Ordering::Relaxed);
    }

    /// The longest time until an answer.
    pub fn longest_wait(&self) -> Duration {
        Duration::from_millis(self.shared.longest.load(Ordering::Relaxed))
    }

    /// Ends the writing and compares: every acknowledged write is in the database, and there are no partial writes.
    pub async fn compare(self, database: &str) {
        self.shared.done.store(true, Ordering::Relaxed);
        let (mut users, mut faults) = (Vec::new(), Vec::new());
        for task in self.tasks {
            let journal = task.await.unwrap();
            users.extend(journal.users);
            faults.extend(journal.faults);
        }
        assert!(faults.is_empty(), "{faults:#?}");
        let mut sql = Sql::connect(database).await;
        for Entry { id, names } in &users {
            let rows = sql.rows(&format!("SELECT username FROM users WHERE id = '{id}'")).await;
            let name = rows.first().and_then(|row| row["username"].as_str());
            let name = name.unwrap_or_else(|| panic!("{names:?} was acknowledged and is not there"));
            assert!(names.iter().any(|known| known == name), "{id} is called {name}, not {names:?}");
        }
        for (what, query) in partial_writes() {
            let rows = sql.rows(query).await;
            assert!(rows.is_empty(), "{what}: {rows:?}");
        }
        let Shared { acknowledged, unavailable, lost, .. } = &*self.shared;
        let [acknowledged, unavailable, lost] = [acknowledged, unavailable, lost].map(|n| n.load(Ordering::Relaxed));
        println!(
            "{acknowledged} writes acknowledged, all in the database; {unavailable} got 503, {lost} lost their connection"
        );
    }
}

/// Each kind of partial write, with the query that finds it; the cluster tests use the same.
fn partial_writes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let parts = include_str!("partial_writes.sql").split_terminator(";\n");
    parts.map(|part| part.strip_prefix("-- ").and_then(|part| part.split_once('\n')).unwrap())
}

struct Writer {
    /// The prefix of the names of its users.
    name: String,
    client: Client,
    shared: Arc<Shared>,
    journal: WriteLog,
}

impl Writer {
    async fn run(mut self) -> WriteLog {
        for round in 0.. {
            let name = format!("{}u{round}", self.name);
            if !self.register(&name).await {
                continue;
            }
            let Some(user) = self.sign_in(&name).await else { return self.journal };
            for change in 0..CHANGES {
                if self.shared.done.load(Ordering::Relaxed) {
                    return self.journal;
                }
                self.rename(&user, format!("{name}c{change}")).await;
            }
        }
        self.journal
    }

    /// Whether it was acknowledged.
    async fn register(&mut self, name: &str) -> bool {
        let body = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        match self.ask(self.client.request("POST", "/v1/register").json(&body), &[201]).await {
            Some(user) => {
                let id = user["id"].as_str().unwrap().to_owned();
                self.journal.users.push(Entry { id, names: vec![name.to_owned()] });
                true
            }
            None => false,
        }
    }

    /// Tries until it succeeds; `None` if the test ends.
    async fn sign_in(&mut self, name: &str) -> Option<Client> {
        while !self.shared.done.load(Ordering::Relaxed) {
            let form = format!("grant_type=password&username={name}&password={PASSWORD}");
            let request = self.client.request("POST", "/v1/oauth/token").body(form);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            if let Some(token) = self.ask(request, &[200]).await {
                return Some(self.client.with_token(token["access_token"].as_str().unwrap()));
            }
        }
        None
    }

    async fn rename(&mut self, user: &Client, name: String) {
        let path = format!("/v1/users/{}", self.journal.users.last().unwrap().id);
        let request = user.request("PATCH", &path).json(&json!({ "username": name }));
        let acknowledged = self.ask(request, &[200]).await.is_some();
        let names = &mut self.journal.users.last_mut().unwrap().names;
        if acknowledged {
            names.clear();
        }
        names.push(name);
    }

    /// The body, if the request succeeded. Otherwise only a 503 or a lost connection is allowed.
    async fn ask(&mut self, request: reqwest::RequestBuilder, done: &[u16]) -> Option<serde_json::Value> {
        let sent_at = milliseconds(self.shared.began.elapsed());
        let outcome = send(request).await;
        if sent_at > self.shared.measured_from.load(Ordering::Relaxed) {
            let answered = milliseconds(self.shared.began.elapsed());
            self.shared.longest.fetch_max(answered - sent_at, Ordering::Relaxed);
        }
        match outcome {
            Outcome::Answered(status, body) if done.contains(&status) => {
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Some(body);
            }
            Outcome::Answered(status, body) => self.journal.faults.push(format!("{status}: {body}")),
            Outcome::Unavailable => drop(self.shared.unavailable.fetch_add(1, Ordering::Relaxed)),
            Outcome::Lost => drop(self.shared.lost.fetch_add(1, Ordering::Relaxed)),
        }
        tokio::time::sleep(RETRY_PAUSE).await;
        None
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

/// Requests without a token are refused, also while the database fails.
async fn intrude(client: Client, shared: Arc<Shared>) -> WriteLog {
    let mut journal = WriteLog::default();
    let forged = client.with_token("e30.e30.e30");
    while !shared.done.load(Ordering::Relaxed) {
        for client in [&client, &forged] {
            match send(client.request("GET", "/v1/users")).await {
                Outcome::Answered(401, _) | Outcome::Unavailable | Outcome::Lost => {}
                Outcome::Answered(status, body) => journal.faults.push(format!("an intruder got {status}: {body}")),
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
    journal
}

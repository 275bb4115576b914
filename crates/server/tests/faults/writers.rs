//! Clients that write all the while and keep a journal of what the service has acknowledged, and the comparison of their
//! journals with the database.

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

/// How many write at a time.
const WRITERS: usize = 8;
/// Changes to a user before the next one registers.
const CHANGES: usize = 15;
/// Pause after a request that was not answered, as a client would make it.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest to wait for a write to succeed again.
const PATIENCE: Duration = Duration::from_mins(1);

/// Writers may be started several times on one database.
static CROWDS: AtomicUsize = AtomicUsize::new(0);

/// A user of a writer's: what they must be called.
struct Entry {
    id: String,
    /// The name that was acknowledged last, then those of which nobody knows.
    names: Vec<String>,
}

#[derive(Default)]
struct Journal {
    users: Vec<Entry>,
    /// What must not have happened.
    faults: Vec<String>,
}

/// Everybody who writes, and somebody who tries to get in meanwhile.
pub struct Writers {
    tasks: Vec<JoinHandle<Journal>>,
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    done: AtomicBool,
    acknowledged: AtomicUsize,
    put_off: AtomicUsize,
    lost: AtomicUsize,
    /// From when on waits are measured, and the longest since, in milliseconds.
    measured_from: AtomicU64,
    longest: AtomicU64,
}

impl Writers {
    pub fn start(url: &str) -> Self {
        let shared = Arc::new(Shared {
            began: Instant::now(),
            done: AtomicBool::default(),
            acknowledged: AtomicUsize::default(),
            put_off: AtomicUsize::default(),
            lost: AtomicUsize::default(),
            measured_from: AtomicU64::default(),
            longest: AtomicU64::default(),
        });
        let crowd = CROWDS.fetch_add(1, Ordering::Relaxed);
        let writers = (0..WRITERS).map(|n| {
            let (name, client) = (format!("c{crowd}w{n}"), Client::new(url));
            let writer = Writer { name, client, shared: Arc::clone(&shared), journal: Journal::default() };
            tokio::spawn(writer.run())
        });
        let intruder = tokio::spawn(intrude(Client::new(url), Arc::clone(&shared)));
        let tasks = writers.chain([intruder]).collect();
        Self { tasks, shared }
    }

    /// Waits until this many more writes are acknowledged; tells how long it took.
    pub async fn progress(&self, more: usize) -> Duration {
        let began = Instant::now();
        let goal = self.shared.acknowledged.load(Ordering::Relaxed) + more;
        let progress = async {
            while self.shared.acknowledged.load(Ordering::Relaxed) < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(PATIENCE, progress).await.is_ok(), "no write was acknowledged any more");
        began.elapsed()
    }

    /// Waits until a request has been put off, or its connection broke.
    pub async fn trouble(&self) {
        let troubles = || self.shared.put_off.load(Ordering::Relaxed) + self.shared.lost.load(Ordering::Relaxed);
        let before = troubles();
        let trouble = async {
            while troubles() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(PATIENCE, trouble).await.is_ok(), "nobody noticed");
    }

    /// How many requests lost their connection.
    pub fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Measures waits from now on: those of requests that are made after this.
    pub fn measure_waits(&self) {
        self.shared.measured_from.store(milliseconds(self.shared.began.elapsed()), Ordering::Relaxed);
        self.shared.longest.store(0, Ordering::Relaxed);
    }

    /// The longest that a request waited for its answer.
    pub fn longest_wait(&self) -> Duration {
        Duration::from_millis(self.shared.longest.load(Ordering::Relaxed))
    }

    /// Ends the writing and compares: everything that was acknowledged is there, and nothing is there by half.
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
        for (what, query) in halves() {
            let rows = sql.rows(query).await;
            assert!(rows.is_empty(), "{what}: {rows:?}");
        }
        let Shared { acknowledged, put_off, lost, .. } = &*self.shared;
        let [acknowledged, put_off, lost] = [acknowledged, put_off, lost].map(|n| n.load(Ordering::Relaxed));
        println!("{acknowledged} writes acknowledged, all there; {put_off} put off, {lost} lost their connection");
    }
}

/// What would be a write of which only a part is there, and the query that finds it; the cluster's tests ask the same.
fn halves() -> impl Iterator<Item = (&'static str, &'static str)> {
    let parts = include_str!("halves.sql").split_terminator(";\n");
    parts.map(|part| part.strip_prefix("-- ").and_then(|part| part.split_once('\n')).unwrap())
}

struct Writer {
    /// What the names of their users begin with.
    name: String,
    client: Client,
    shared: Arc<Shared>,
    journal: Journal,
}

impl Writer {
    async fn run(mut self) -> Journal {
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

    /// Tries until it succeeds; `None` when it is time to go.
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

    /// The body, if the service has done what it was asked for. Nothing else may come than that, a 503, or a broken
    /// connection.
    async fn ask(&mut self, request: reqwest::RequestBuilder, done: &[u16]) -> Option<serde_json::Value> {
        let asked = milliseconds(self.shared.began.elapsed());
        let outcome = send(request).await;
        if asked > self.shared.measured_from.load(Ordering::Relaxed) {
            let answered = milliseconds(self.shared.began.elapsed());
            self.shared.longest.fetch_max(answered - asked, Ordering::Relaxed);
        }
        match outcome {
            Outcome::Answered(status, body) if done.contains(&status) => {
                self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
                return Some(body);
            }
            Outcome::Answered(status, body) => self.journal.faults.push(format!("{status}: {body}")),
            Outcome::PutOff => drop(self.shared.put_off.fetch_add(1, Ordering::Relaxed)),
            Outcome::Lost => drop(self.shared.lost.fetch_add(1, Ordering::Relaxed)),
        }
        tokio::time::sleep(PAUSE).await;
        None
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

/// Nobody gets in without a token, whatever happens to the database.
async fn intrude(client: Client, shared: Arc<Shared>) -> Journal {
    let mut journal = Journal::default();
    let forged = client.with_token("e30.e30.e30");
    while !shared.done.load(Ordering::Relaxed) {
        for client in [&client, &forged] {
            match send(client.request("GET", "/v1/users")).await {
                Outcome::Answered(401, _) | Outcome::PutOff | Outcome::Lost => {}
                Outcome::Answered(status, body) => journal.faults.push(format!("an intruder got {status}: {body}")),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    journal
}

//! What must be true of the database at every moment, and what the two replicas take of the machine.

use super::world::{User, World};
use crate::gauges::{open_files, resident};
use diesel::{QueryableByName, sql_query, sql_types::Jsonb};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// Between two looks.
const PACE: Duration = Duration::from_secs(5);
/// Longest that a look may take; the database may be away.
const PATIENCE: Duration = Duration::from_secs(5);

/// What must never be there, and the query that finds it. Each is one statement: it sees one moment.
const NEVER: &[(&str, &str)] = &[
    (
        "users who are counted wrongly",
        "SELECT * FROM (SELECT role, status, count(*) AS there FROM users GROUP BY role, status) AS u
            FULL JOIN (SELECT role, status, sum(n) AS counted FROM user_counts GROUP BY role, status) AS c
            USING (role, status) WHERE coalesce(there, 0) <> coalesce(counted, 0)",
    ),
    ("nobody who administers", "SELECT 'nobody' AS admin WHERE NOT EXISTS (SELECT FROM users WHERE administers)"),
    (
        "sessions of suspended users",
        "SELECT sessions.id FROM sessions JOIN users ON users.id = user_id WHERE status = 'suspended'",
    ),
    (
        "sessions that have not one refresh token that is good",
        "SELECT id FROM sessions WHERE
            (SELECT count(*) FROM refresh_tokens WHERE session_id = sessions.id AND spent_at IS NULL) <> 1",
    ),
    (
        "users whose beginning is not in the trail",
        "SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events
            WHERE target_id = users.id AND action IN ('user_registered', 'user_created'))",
    ),
    (
        "users of the trail who are not there and were not deleted, or are there and were",
        "SELECT target_id FROM audit_events AS began WHERE action = 'user_registered'
            AND EXISTS (SELECT FROM users WHERE id = target_id)
            = EXISTS (SELECT FROM audit_events WHERE target_id = began.target_id AND action = 'user_deleted')",
    ),
    (
        "changes that are not in the trail, or in the trail and not made",
        "SELECT id, version FROM users WHERE version <> 1 + (SELECT count(*) FROM audit_events
            WHERE target_id = users.id AND action IN ('user_updated', 'user_suspended', 'user_reactivated'))",
    ),
    (
        "sign-ins that are not in the trail, or in the trail without a session",
        "SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events WHERE target_id = users.id AND action IN
                ('sessions_revoked', 'session_revoked', 'password_changed', 'user_suspended', 'refresh_token_reused'))
            AND (SELECT count(*) FROM sessions WHERE user_id = users.id) <>
                (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'signed_in')",
    ),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// What a query finds, as JSON; an error where the database is away.
async fn rows(database: &str, query: &str) -> Result<Vec<Value>, String> {
    // Its `load` is not that of the counters here.
    use diesel_async::RunQueryDsl;
    let asked = async {
        let mut connection = AsyncPgConnection::establish(database).await.map_err(|error| error.to_string())?;
        let query = format!("SELECT to_jsonb(asked) AS row FROM ({query}) AS asked");
        let rows = sql_query(query).load::<Row>(&mut connection).await.map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|row| row.row).collect())
    };
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()))
}

/// One look at a replica.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub at: Duration,
    /// In kB.
    pub memory: u64,
    pub open_files: usize,
}

/// Looks all the while.
pub struct Watch {
    world: Arc<World>,
    database: String,
    began: Instant,
    /// The replica that lives all the while.
    pid: u32,
    samples: Mutex<Vec<Sample>>,
    looks: AtomicUsize,
    missed: AtomicUsize,
    most_connections: AtomicUsize,
}

impl Watch {
    pub fn new(world: Arc<World>, database: &str, pid: u32) -> Arc<Self> {
        Arc::new(Self {
            world,
            database: database.to_owned(),
            began: Instant::now(),
            pid,
            samples: Mutex::default(),
            looks: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
            most_connections: AtomicUsize::new(0),
        })
    }

    pub async fn run(self: Arc<Self>) {
        while !self.world.done() {
            self.sample();
            if self.look().await.is_ok() {
                self.looks.fetch_add(1, Relaxed);
            } else {
                self.missed.fetch_add(1, Relaxed);
            }
            sleep(PACE).await;
        }
    }

    fn sample(&self) {
        let sample = Sample { at: self.began.elapsed(), memory: resident(self.pid), open_files: open_files(self.pid) };
        self.samples.lock().unwrap().push(sample);
    }

    pub fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap().clone()
    }

    /// How often the database was looked at, and how often it was away.
    pub fn looks(&self) -> (usize, usize) {
        (self.looks.load(Relaxed), self.missed.load(Relaxed))
    }

    /// The most connections of the service's that Postgres had when nothing was broken.
    pub fn most_connections(&self) -> usize {
        self.most_connections.load(Relaxed)
    }

    /// Whether all is as it must be in the database.
    async fn look(&self) -> Result<(), String> {
        for (what, query) in NEVER {
            let found = rows(&self.database, query).await?;
            if !found.is_empty() {
                self.world.book.breach(format!("{what}: {found:?}"));
            }
        }
        Ok(())
    }

    /// Compares the database with what was acknowledged, when nothing is broken; tells of how many users.
    pub async fn compare(&self) -> Result<usize, String> {
        self.look().await?;
        let connections = "SELECT pid FROM pg_stat_activity WHERE application_name = 'usher'";
        self.most_connections.fetch_max(rows(&self.database, connections).await?.len(), Relaxed);
        let acknowledged = self.world.settled();
        let there = rows(&self.database, "SELECT id, username, email, role, status FROM users").await?;
        let there: HashMap<&str, &Value> = there.iter().map(|row| (row["id"].as_str().unwrap(), row)).collect();
        for user in &acknowledged {
            let row = there.get(user.id.as_str());
            let same = match row {
                None => user.deleted,
                Some(row) => !user.deleted && is(row, user),
            };
            if !same && self.world.is_still(user) {
                self.world.book.breach(format!("lost: {user:?} was acknowledged, the database has {row:?}"));
            }
        }
        Ok(acknowledged.len())
    }

    /// Everybody who registered has been mailed a link, or will be.
    pub async fn compare_mail(&self, outboxes: &[String]) -> Result<usize, String> {
        let waiting = rows(&self.database, "SELECT address FROM outbox WHERE due_at IS NOT NULL").await?;
        let waiting = waiting.iter().map(|row| row["address"].as_str().unwrap().to_owned());
        let mailed: BTreeSet<String> = outboxes.iter().cloned().chain(waiting).collect();
        let users: Vec<User> = self.world.settled().into_iter().filter(|user| !user.deleted).collect();
        for user in &users {
            if !mailed.contains(&user.email) {
                self.world.book.breach(format!("no mail for {user:?}"));
            }
        }
        Ok(users.len())
    }
}

fn is(row: &Value, user: &User) -> bool {
    [("username", user.name.as_str()), ("email", &user.email), ("role", user.role), ("status", user.status)]
        .iter()
        .all(|(column, value)| row[*column] == *value)
}

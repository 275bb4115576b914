//! The invariants of the database, checked all the time, and samples of the memory and open files of a replica.

use super::shared_state::{SharedState, User};
use crate::process_stats::{open_files, resident};
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

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// Maximum time of a query; the database may be unavailable.
const QUERY_TIMEOUT: Duration = Duration::from_secs(5);

/// Violations that must never exist, each with the query that finds them. One statement sees one moment.
const VIOLATIONS: &[(&str, &str)] = &[
    (
        "users who are counted incorrectly",
        "SELECT * FROM (SELECT role, status, count(*) AS there FROM users GROUP BY role, status) AS u
            FULL JOIN (SELECT role, status, sum(n) AS counted FROM user_counts GROUP BY role, status) AS c
            USING (role, status) WHERE coalesce(there, 0) <> coalesce(counted, 0)",
    ),
    ("no admin who can sign in", "SELECT 'nobody' AS admin WHERE NOT EXISTS (SELECT FROM users WHERE administers)"),
    (
        "sessions of suspended users",
        "SELECT sessions.id FROM sessions JOIN users ON users.id = user_id WHERE status = 'suspended'",
    ),
    (
        "sessions without exactly one valid refresh token",
        "SELECT id FROM sessions WHERE
            (SELECT count(*) FROM refresh_tokens WHERE session_id = sessions.id AND spent_at IS NULL) <> 1",
    ),
    (
        "users without an audit event for their creation",
        "SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events
            WHERE target_id = users.id AND action IN ('user_registered', 'user_created'))",
    ),
    (
        "users who are missing without an audit event for their deletion, or exist despite one",
        "SELECT target_id FROM audit_events AS began WHERE action = 'user_registered'
            AND EXISTS (SELECT FROM users WHERE id = target_id)
            = EXISTS (SELECT FROM audit_events WHERE target_id = began.target_id AND action = 'user_deleted')",
    ),
    (
        "changes without an audit event, or audit events without a change",
        "SELECT id, version FROM users WHERE version <> 1 + (SELECT count(*) FROM audit_events
            WHERE target_id = users.id AND action IN ('user_updated', 'user_suspended', 'user_reactivated'))",
    ),
    (
        "sign-ins without an audit event, or audit events without a session",
        "SELECT id FROM users WHERE NOT EXISTS (SELECT FROM audit_events WHERE target_id = users.id AND action IN
                ('sessions_revoked', 'session_revoked', 'password_changed', 'user_suspended', 'refresh_token_reused'))
            AND (SELECT count(*) FROM sessions WHERE user_id = users.id) <>
                (SELECT count(*) FROM audit_events WHERE target_id = users.id AND action = 'signed_in')",
    ),
];

#[derive(QueryableByName)]
struct JsonRow {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

/// The rows of a query, as JSON; an error if the database is unavailable.
async fn rows(database: &str, query: &str) -> Result<Vec<Value>, String> {
    // Its `load` is not that of the counters here.
    use diesel_async::RunQueryDsl;
    let asked = async {
        let mut connection = AsyncPgConnection::establish(database).await.map_err(|error| error.to_string())?;
        let query = format!("SELECT to_jsonb(asked) AS row FROM ({query}) AS asked");
        let rows = sql_query(query).load::<JsonRow>(&mut connection).await.map_err(|error| error.to_string())?;
        Ok(rows.into_iter().map(|row| row.row).collect())
    };
    timeout(QUERY_TIMEOUT, asked).await.unwrap_or_else(|_| Err("no answer".to_owned()))
}

/// A sample of a replica.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    pub at: Duration,
    /// In kB.
    pub memory: u64,
    pub open_files: usize,
}

/// Checks the invariants all the time.
pub struct InvariantChecker {
    state: Arc<SharedState>,
    database: String,
    began: Instant,
    /// The process of the replica that is not restarted.
    pid: u32,
    samples: Mutex<Vec<Sample>>,
    checks: AtomicUsize,
    missed: AtomicUsize,
    most_connections: AtomicUsize,
}

impl InvariantChecker {
    pub fn new(state: Arc<SharedState>, database: &str, pid: u32) -> Arc<Self> {
        Arc::new(Self {
            state,
            database: database.to_owned(),
            began: Instant::now(),
            pid,
            samples: Mutex::default(),
            checks: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
            most_connections: AtomicUsize::new(0),
        })
    }

    pub async fn run(self: Arc<Self>) {
        while !self.state.done() {
            self.sample();
            if self.check().await.is_ok() {
                self.checks.fetch_add(1, Relaxed);
            } else {
                self.missed.fetch_add(1, Relaxed);
            }
            sleep(CHECK_INTERVAL).await;
        }
    }

    fn sample(&self) {
        let sample = Sample { at: self.began.elapsed(), memory: resident(self.pid), open_files: open_files(self.pid) };
        self.samples.lock().unwrap().push(sample);
    }

    pub fn samples(&self) -> Vec<Sample> {
        self.samples.lock().unwrap().clone()
    }

    /// The numbers of checks, and of checks while the database was unavailable.
    pub fn checks(&self) -> (usize, usize) {
        (self.checks.load(Relaxed), self.missed.load(Relaxed))
    }

    /// The largest number of connections of the service to Postgres without a fault.
    pub fn most_connections(&self) -> usize {
        self.most_connections.load(Relaxed)
    }

    /// Records each violation in the database.
    async fn check(&self) -> Result<(), String> {
        for (what, query) in VIOLATIONS {
            let found = rows(&self.database, query).await?;
            if !found.is_empty() {
                self.state.record.violation(format!("{what}: {found:?}"));
            }
        }
        Ok(())
    }

    /// Compares the database with the acknowledged users, without a fault; returns their number.
    pub async fn compare(&self) -> Result<usize, String> {
        self.check().await?;
        let connections = "SELECT pid FROM pg_stat_activity WHERE application_name = 'usher'";
        self.most_connections.fetch_max(rows(&self.database, connections).await?.len(), Relaxed);
        let acknowledged = self.state.settled();
        let there = rows(&self.database, "SELECT id, username, email, role, status FROM users").await?;
        let there: HashMap<&str, &Value> = there.iter().map(|row| (row["id"].as_str().unwrap(), row)).collect();
        for user in &acknowledged {
            let row = there.get(user.id.as_str());
            let same = match row {
                None => user.deleted,
                Some(row) => !user.deleted && is(row, user),
            };
            if !same && self.state.is_still(user) {
                self.state.record.violation(format!("lost: {user:?} was acknowledged, the database has {row:?}"));
            }
        }
        Ok(acknowledged.len())
    }

    /// Every registered user has been sent a link, or the mail is in the outbox.
    pub async fn compare_mail(&self, outboxes: &[String]) -> Result<usize, String> {
        let waiting = rows(&self.database, "SELECT address FROM outbox WHERE due_at IS NOT NULL").await?;
        let waiting = waiting.iter().map(|row| row["address"].as_str().unwrap().to_owned());
        let mailed: BTreeSet<String> = outboxes.iter().cloned().chain(waiting).collect();
        let users: Vec<User> = self.state.settled().into_iter().filter(|user| !user.deleted).collect();
        for user in &users {
            if !mailed.contains(&user.email) {
                self.state.record.violation(format!("no mail for {user:?}"));
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

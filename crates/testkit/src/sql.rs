//! Queries of a test's database, for what the API does not show, and for locking rows.

use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Maximum wait for other connections to wait for a lock.
const WAITING_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection of the test's own.
pub struct Sql(AsyncPgConnection);

#[derive(QueryableByName)]
struct JsonRow {
    #[diesel(sql_type = sql_types::Jsonb)]
    row: Value,
}

impl Sql {
    pub async fn connect(url: &str) -> Self {
        Self(AsyncPgConnection::establish(url).await.unwrap())
    }

    /// The rows of a query, each as a JSON object.
    pub async fn rows(&mut self, query: &str) -> Vec<Value> {
        let query = format!("SELECT to_jsonb(asked) AS row FROM ({query}) AS asked");
        sql_query(query).load::<JsonRow>(&mut self.0).await.unwrap().into_iter().map(|row| row.row).collect()
    }

    /// Runs a statement.
    pub async fn execute(&mut self, statement: &str) {
        sql_query(statement).execute(&mut self.0).await.unwrap();
    }

    /// Whether the database refuses a statement.
    pub async fn refuses(&mut self, statement: &str) -> bool {
        self.error(statement).await.is_some()
    }

    /// The error of the database if it refuses a statement.
    pub async fn error(&mut self, statement: &str) -> Option<String> {
        sql_query(statement).execute(&mut self.0).await.err().map(|error| error.to_string())
    }

    /// Waits until `n` other connections to this database wait for a lock.
    pub async fn until_waiting(&mut self, n: usize) {
        let waiting =
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let end = Instant::now() + WAITING_TIMEOUT;
        while self.rows(waiting).await.len() < n {
            assert!(Instant::now() < end, "fewer than {n} connections wait for a lock");
            tokio::task::yield_now().await;
        }
    }
}

//! The events that have no position yet.

use crate::{Database, Error};
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Timestamptz},
};
use diesel_async::RunQueryDsl;

const BACKLOG: &str = "SELECT count(*) AS events, min(at) AS since FROM event_queue";

/// The events that have no position yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct EventBacklog {
    #[diesel(sql_type = BigInt)]
    pub events: i64,
    /// When the oldest of them was recorded.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub since: Option<DateTime<Utc>>,
}

impl Database {
    /// The events that have no position yet: normally those of the last moment.
    pub async fn event_backlog(&self) -> Result<EventBacklog, Error> {
        self.read(async |connection| Ok(sql_query(BACKLOG).get_result(connection).await?)).await
    }
}

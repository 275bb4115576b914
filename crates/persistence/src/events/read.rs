//! Reading the feed.

use super::number::Numbered;
use crate::{Database, Error, audit::EventRow, cached_statement::CachedStatement};
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    result::QueryResult,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    audit,
    event_feed::{FeedEvent, FeedPage, FeedStart, Position},
};

/// Maximum number of events that one query looks at to find those of some types.
const WINDOW: i64 = 10_000;

const FIRST_AFTER: &str = "SELECT position, at FROM events WHERE position > $1 ORDER BY position LIMIT 1";
const FIRST_SINCE: &str = "SELECT position, at FROM events WHERE at >= $1 ORDER BY position LIMIT 1";
const EVENTS: &str = "SELECT e.position, a.* \
    FROM (SELECT position, id FROM \
            (SELECT position, id, type FROM events WHERE position > $1 ORDER BY position LIMIT $2) AS next \
        WHERE $3 IS NULL OR type = ANY($3) ORDER BY position LIMIT $4) AS e \
    JOIN audit_events AS a ON a.id = e.id ORDER BY e.position";

/// Which part of the feed is read.
#[derive(Debug, Clone)]
pub struct FeedQuery {
    pub start: FeedStart,
    /// Only events of these types.
    pub types: Option<Vec<audit::Event>>,
    /// Maximum number of events.
    pub limit: u16,
    /// Older events count as deleted; `None` to read all that there are.
    pub kept_since: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct PositionRow {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct FeedRow {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(embed)]
    event: EventRow,
}

impl From<FeedRow> for FeedEvent {
    fn from(row: FeedRow) -> Self {
        Self::new(Position::new(row.position).unwrap_or_default(), row.event.into(), row.version)
    }
}

impl Database {
    /// The next events, of those that were committed before this is called.
    ///
    /// # Errors
    /// [`Error::PositionExpired`] if an event after the start is not kept any more; [`Error::UnknownPosition`] if the start is
    /// a position that no event has had.
    pub async fn events(&self, query: &FeedQuery) -> Result<FeedPage, Error> {
        let numbered = self.number_events(query.start == FeedStart::Latest).await?;
        self.read(async |connection| {
            let after = start(connection, query, numbered.newest).await?;
            if after >= numbered.newest {
                return Ok(FeedPage { events: Vec::new(), position: after, is_end: !numbered.has_more });
            }
            let events = load(connection, query, after).await?;
            Ok(page(events, query, after, &numbered))
        })
        .await
    }
}

/// The position before the first event to read.
async fn start(connection: &mut AsyncPgConnection, query: &FeedQuery, newest: Position) -> Result<Position, Error> {
    let FeedQuery { start, kept_since, .. } = query;
    match (start, kept_since) {
        (FeedStart::Latest, _) => Ok(newest),
        (FeedStart::After(position), _) if *position > newest => Err(Error::UnknownPosition),
        (FeedStart::After(position), since) => {
            let next = first_after(connection, *position).await?;
            let is_expired =
                |row: PositionRow| row.position > position.get() + 1 || since.is_some_and(|since| row.at < since);
            if next.is_some_and(is_expired) { Err(Error::PositionExpired) } else { Ok(*position) }
        }
        (FeedStart::Oldest, since) => {
            let first = match since {
                Some(since) => {
                    let first = sql_query(FIRST_SINCE).bind::<Timestamptz, _>(*since);
                    CachedStatement(first).load::<PositionRow>(connection).await?.pop()
                }
                None => first_after(connection, Position::START).await?,
            };
            Ok(first.and_then(|row| Position::new(row.position - 1)).unwrap_or(newest))
        }
    }
}

async fn first_after(connection: &mut AsyncPgConnection, position: Position) -> QueryResult<Option<PositionRow>> {
    let first = sql_query(FIRST_AFTER).bind::<BigInt, _>(position.get());
    Ok(CachedStatement(first).load(connection).await?.pop())
}

async fn load(connection: &mut AsyncPgConnection, query: &FeedQuery, after: Position) -> QueryResult<Vec<FeedEvent>> {
    let types: Option<Vec<&str>> = query.types.as_ref().map(|types| types.iter().map(|event| event.as_str()).collect());
    let events = sql_query(EVENTS)
        .bind::<BigInt, _>(after.get())
        .bind::<BigInt, _>(WINDOW)
        .bind::<Nullable<Array<Text>>, _>(types)
        .bind::<BigInt, _>(i64::from(query.limit));
    let rows: Vec<FeedRow> = CachedStatement(events).load(connection).await?;
    Ok(rows.into_iter().map(FeedEvent::from).collect())
}

/// The page with these events. A window of the numbered events after `after` was looked at.
fn page(events: Vec<FeedEvent>, query: &FeedQuery, after: Position, numbered: &Numbered) -> FeedPage {
    let Numbered { newest, has_more } = *numbered;
    let seen = Position::new(after.get() + WINDOW).map_or(newest, |seen| seen.min(newest));
    let is_end = events.len() < usize::from(query.limit) && seen == newest && !has_more;
    let position = events.last().map_or(seen, |event| event.position);
    FeedPage { events, position, is_end }
}

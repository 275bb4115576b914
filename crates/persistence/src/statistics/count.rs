//! Counting, as a part of the statement that is sent anyway, so that it takes no round trip of its own.
//!
//! A transaction that counts holds a row that others may wait for. It must not wait for any row but those of other counters
//! afterwards, and takes these in one order: the user's activity, `active_users`, then the counter of the event.

use chrono::NaiveDate;
use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{self, Date, Text},
};
use usher_domain::statistics::Counter;
use uuid::Uuid;

const ADD: &str = " ON CONFLICT (day, shard, counter) DO UPDATE SET n = c.n + 1";

/// The statement, which returns nothing, and one more for the counter on this day.
pub(crate) fn with_count<Q>(statement: Q, day: NaiveDate, counter: Counter) -> WithCount<Q> {
    WithCount { statement, day, counter }
}

/// The statement, which returns nothing, and one more active user on this day unless the user has been active before.
pub(crate) fn with_activity<Q>(statement: Q, day: NaiveDate, user: Uuid) -> WithActivity<Q> {
    WithActivity { statement, day, user }
}

pub(crate) struct WithCount<Q> {
    statement: Q,
    day: NaiveDate,
    counter: Counter,
}

pub(crate) struct WithActivity<Q> {
    statement: Q,
    day: NaiveDate,
    user: Uuid,
}

impl<Q> QueryId for WithCount<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> QueryId for WithActivity<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for WithCount<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH counted AS (");
        self.statement.walk_ast(out.reborrow())?;
        out.push_sql(") INSERT INTO daily_counts AS c (day, shard, counter, n) VALUES (");
        out.push_bind_param::<Date, _>(&self.day)?;
        out.push_sql(", user_counts_shard(), ");
        out.push_bind_param::<Text, str>(self.counter.as_str())?;
        out.push_sql(", 1)");
        out.push_sql(ADD);
        Ok(())
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for WithActivity<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH used AS (");
        self.statement.walk_ast(out.reborrow())?;
        out.push_sql("), seen AS (INSERT INTO active_users (day, user_id) VALUES (");
        out.push_bind_param::<Date, _>(&self.day)?;
        out.push_sql(", ");
        out.push_bind_param::<sql_types::Uuid, _>(&self.user)?;
        out.push_sql(") ON CONFLICT DO NOTHING RETURNING day) INSERT INTO daily_counts AS c (day, shard, counter, n) SELECT day, user_counts_shard(), ");
        out.push_bind_param::<Text, str>(Counter::ActiveUsers.as_str())?;
        out.push_sql(", 1 FROM seen");
        out.push_sql(ADD);
        Ok(())
    }
}

//! Counting, as a part of the statement that is sent anyway, so that it takes no round trip of its own.
//!
//! A transaction that counts holds the row of a counter until it ends, and others may wait for this row. So from then on it must
//! not wait itself: it writes only rows that are new or that it has locked before. This includes the statement that is sent
//! with the counting: Postgres does not define which of the two runs first (§7.8.4 of its manual), and counts first. A transaction
//! may wait only for other counters, and all take them in one order: the user's row in `active_users`, the counter
//! `active_users`, the counter of the event.
//!
//! The rule is about these counters only. Those of `user_counts` are taken by triggers when a user is added, and a registration
//! then waits for the rate limits of its network.

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
        out.push_sql(") ON CONFLICT DO NOTHING RETURNING day) INSERT INTO daily_counts AS c (day, shard, counter, n)");
        out.push_sql(" SELECT day, user_counts_shard(), ");
        out.push_bind_param::<Text, str>(Counter::ActiveUsers.as_str())?;
        out.push_sql(", 1 FROM seen");
        out.push_sql(ADD);
        Ok(())
    }
}

//! The version of what an event is about.

use diesel::{
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{BigInt, Nullable, Text},
};
use usher_domain::event_feed::{EventTarget, TargetType};

/// The version of the target of an event, which the statement that records the event reads: so it takes no round trip of its own.
/// It is null if the target has none, or does not exist any more.
pub(super) struct TargetVersion(Option<EventTarget>);

impl TargetVersion {
    pub(super) const fn of(target: Option<EventTarget>) -> Self {
        Self(target)
    }
}

impl Expression for TargetVersion {
    type SqlType = Nullable<BigInt>;
}

impl<S> AppearsOnTable<S> for TargetVersion {}

impl<S> SelectableExpression<S> for TargetVersion {}

impl ValidGrouping<()> for TargetVersion {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for TargetVersion {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for TargetVersion {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(EventTarget { kind, id }) = &self.0 else {
            out.push_sql("NULL");
            return Ok(());
        };
        match kind {
            TargetType::User => out.push_sql("(SELECT version FROM users WHERE id = "),
            TargetType::Factor => out.push_sql("(SELECT version FROM factors WHERE id = "),
            TargetType::Role => out.push_sql("(SELECT version FROM roles WHERE name = "),
            TargetType::ApiKey | TargetType::Session => {
                out.push_sql("NULL");
                return Ok(());
            }
        }
        out.push_bind_param::<Text, String>(id)?;
        out.push_sql(if *kind == TargetType::Role { ")" } else { "::uuid)" });
        Ok(())
    }
}

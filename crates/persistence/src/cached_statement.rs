//! Statements that are prepared once for each connection.

use diesel::{
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
};

/// A statement that is kept prepared. Diesel prepares an update each time, because the columns that it sets may differ from one to
/// the next, and a statement with a part that is written as SQL. That costs a round trip and a plan. Our statements have few
/// texts, and each is cached by itself.
pub(crate) struct CachedStatement<Q>(pub(crate) Q);

impl<Q: Query> Query for CachedStatement<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for CachedStatement<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for CachedStatement<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

//! The audit trail, a page at a time.

use super::read::EventRow;
use crate::{
    Database, Error,
    pages::{Asked, Found, Stretch, chronology, stretched},
    schema::audit_events,
};
use diesel::{
    dsl::sql,
    helper_types::{AsSelect, IntoBoxed, Select},
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{BigInt, Bool},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    audit::{AuditEvent, AuditFilter, MAX_COUNTED, Outcome},
    clock::first_id_at,
    cursor::IdCursor,
    page::{MAX_LIMIT, Page, Start},
};

impl Database {
    /// A page of at most `limit` events (1 to [`MAX_LIMIT`]) that pass the filter, newest first or oldest first, and how
    /// many there are, up to [`MAX_COUNTED`]. A page at a greater offset is empty. The caller must check that the cursor is
    /// of the list with the name `list`.
    pub async fn list_audit_events(
        &self,
        filter: &AuditFilter,
        newest_first: bool,
        list: &str,
        start: &Start<IdCursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent, IdCursor>, Error> {
        let limit = i64::from(limit.clamp(1, MAX_LIMIT));
        let found = self.snapshot(async |connection| {
            let all = filtered(filter).select(audit_events::id).limit(MAX_COUNTED + 1);
            let total = CountQuery(all).get_result::<i64>(connection).await?;
            // There is nothing past the end, and a longer trail cannot be read so far by offset.
            if matches!(start, Start::Offset(offset) if *offset > MAX_COUNTED) {
                return Ok(Found { total, ..Found::default() });
            }
            chronology(start, limit, newest_first, total, async |stretch| read(connection, filter, stretch).await).await
        });
        let mut found = found.await?;
        let counted = found.total <= MAX_COUNTED;
        found.total = found.total.min(MAX_COUNTED);
        let beside = |event: &AuditEvent, direction, position| IdCursor::beside(event.id, direction, position, list);
        Ok(Page { counted, ..Asked { start, limit, beside }.page(found) })
    }
}

async fn read(
    connection: &mut AsyncPgConnection,
    filter: &AuditFilter,
    stretch: Stretch,
) -> Result<Vec<AuditEvent>, Error> {
    let query = stretched!(filtered(filter), audit_events::id, stretch);
    let rows = query.load::<EventRow>(connection).await?;
    Ok(rows.into_iter().map(AuditEvent::from).collect())
}

type Events<'a> = IntoBoxed<'a, Select<audit_events::table, AsSelect<EventRow, Pg>>, Pg>;

/// Times are those of the ids, which the indexes have.
fn filtered(filter: &AuditFilter) -> Events<'_> {
    let mut query = audit_events::table.select(EventRow::as_select()).into_boxed();
    if let Some(action) = filter.action {
        query = query.filter(audit_events::action.eq(action.as_str()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(audit_events::actor_id.eq(actor));
    }
    if let Some(target) = filter.target {
        query = query.filter(audit_events::target_id.eq(target));
    }
    match filter.outcome {
        // In the text, or a plan that is kept could not use the index of these.
        Some(Outcome::Refused) => query = query.filter(sql::<Bool>("outcome = 'refused'")),
        Some(Outcome::Success) => query = query.filter(sql::<Bool>("outcome = 'success'")),
        None => {}
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_events::id.ge(first_id_at(since)));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_events::id.lt(first_id_at(until)));
    }
    query
}

/// How many rows a query finds.
struct CountQuery<Q>(Q);

impl<Q> Query for CountQuery<Q> {
    type SqlType = BigInt;
}

impl<Q> QueryId for CountQuery<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for CountQuery<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

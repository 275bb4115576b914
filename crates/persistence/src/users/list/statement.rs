//! The one statement that reads a page, its total and what lies around it, so that all of them are consistent.
//!
//! Diesel's query builder has no derived tables, so the text is put together here; `statement.sql` shows the result. It has few
//! shapes (order, filter, where to begin) and takes the rest as parameters: the text of each shape is prepared once for each
//! connection. Postgres soon plans a prepared statement without looking at its parameters, so everything that the plan depends
//! on is in the text:
//!
//! - role and status are literals, or the partial indexes of the rare ones could not be used;
//! - a limit that is a parameter is estimated as a tenth of the table, which makes sorting it all look cheap. Below each is
//!   the highest one as a literal;
//! - keys are compared as rows, `(a, b) > ($1, $2)`, which is one place in the index. `a > $1 OR a = $1 AND b > $2` is not,
//!   and would read a million users who never signed in to find the next twenty.
//!
//! Searches are the exception: their plan depends on the text, so they are not kept prepared. What they match is gathered
//! once, counted and sorted. Walking the order until enough match would often be faster, but by names, where what matches
//! may all be at the other end, it would read nearly every user. The one user with an external id is gathered in the same way,
//! by a statement that is kept.

use diesel::{
    expression::Expression,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid},
};
use usher_domain::{
    RoleName, Status,
    cursor::UserKey,
    page::{MAX_LIMIT, UserOrder, UserSort},
};

/// The highest offset that is requested; beyond it there are no users, and below it no sum overflows.
pub(super) const MAX_OFFSET: i64 = 1 << 60;

/// Where in the order the page begins or ends.
#[derive(Clone, Copy)]
pub(super) enum PageBoundary<'a> {
    Offset(i64),
    After(&'a UserKey),
    Before(&'a UserKey),
}

/// A row has the total, how many items were reached, how many are on the other side of a cursor, and an item. If the page is
/// empty, there is one row without an item. [`PageBoundary::Before`] reaches up to two pages, the others one item more than
/// the page has. On the other side, up to a page is counted after a cursor, and up to one item before it.
pub(super) struct Statement<'a, C> {
    /// The columns of `users` that are read.
    pub columns: C,
    pub order: UserOrder,
    pub role: Option<RoleName>,
    pub status: Option<Status>,
    pub external_id: Option<&'a str>,
    /// Patterns of LIKE, none without a search: the first for either name, others for addresses.
    pub patterns: &'a [String],
    pub boundary: PageBoundary<'a>,
    /// At most [`MAX_LIMIT`].
    pub limit: i64,
}

impl<C: Expression> Query for Statement<'_, C> {
    type SqlType = (BigInt, BigInt, BigInt, Nullable<C::SqlType>);
}

impl<C> QueryId for Statement<'_, C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Statement<'_, C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Any number of roles may be searched for: their statements are not kept.
        let custom_role = self.role.as_ref().is_some_and(|role| !role.is_built_in());
        if custom_role || !self.patterns.is_empty() {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql("WITH ");
        self.count(&mut out)?;
        out.push_sql(", reached (");
        out.push_sql(&self.names().join(", "));
        out.push_sql(") AS MATERIALIZED (");
        self.reach(&mut out)?;
        out.push_sql(") SELECT counted.total, (SELECT count(*) FROM reached), ");
        self.other_side(&mut out)?;
        out.push_sql(", ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM counted LEFT JOIN ((SELECT * FROM reached ORDER BY ");
        let backward = matches!(self.boundary, PageBoundary::Before(_));
        out.push_sql(&ordered(self.names(), self.order.descending != backward));
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(") AS page JOIN users ON users.");
        out.push_sql(self.key());
        out.push_sql(" = page.key) ON true ORDER BY ");
        out.push_sql(&ordered(self.names(), self.order.descending));
        Ok(())
    }
}

impl<C> Statement<'_, C> {
    /// The sort keys, as the indexes have them.
    fn keys(&self) -> &'static [&'static str] {
        match self.order.by {
            UserSort::CreatedAt => &["created_at", "id"],
            UserSort::Username => &["username_key"],
            UserSort::Email => &["email_key"],
            UserSort::UpdatedAt => &["updated_at", "id"],
            UserSort::LastLoginAt => &["coalesce(last_login_at, '-infinity')", "id"],
        }
    }

    /// The names of the same in `reached`.
    fn names(&self) -> &'static [&'static str] {
        match self.order.by {
            UserSort::Username | UserSort::Email => &["key"],
            UserSort::CreatedAt | UserSort::UpdatedAt | UserSort::LastLoginAt => &["sort", "key"],
        }
    }

    /// The last of the keys, which is unique. Joining by it rather than always by the id leaves the
    /// walk in the one index that has the order.
    fn key(&self) -> &'static str {
        match self.order.by {
            UserSort::Username => "username_key",
            UserSort::Email => "email_key",
            UserSort::CreatedAt | UserSort::UpdatedAt | UserSort::LastLoginAt => "id",
        }
    }

    /// Whether those who pass the filter are gathered first: they are in no index in the order of the list.
    fn gathers(&self) -> bool {
        self.external_id.is_some() || !self.patterns.is_empty()
    }

    /// How many pass the filter: known beforehand, unless they are gathered.
    fn count<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.gathers() {
            out.push_sql(
                "counted (total) AS MATERIALIZED (SELECT coalesce(sum(n), 0)::bigint FROM user_counts WHERE true",
            );
            self.filter(out);
            out.push_sql(")");
            return Ok(());
        }
        out.push_sql(&format!("matched ({}) AS MATERIALIZED (SELECT ", self.names().join(", ")));
        out.push_sql(&self.keys().join(", "));
        out.push_sql(" FROM users WHERE true");
        self.filter(out);
        if let Some(id) = &self.external_id {
            out.push_sql(" AND external_id = ");
            out.push_bind_param::<Text, _>(id)?;
        }
        if let Some(first) = self.patterns.first() {
            out.push_sql(" AND (username_key LIKE ");
            out.push_bind_param::<Text, _>(first)?;
            for pattern in self.patterns {
                out.push_sql(" OR email_key LIKE ");
                out.push_bind_param::<Text, _>(pattern)?;
            }
            out.push_sql(")");
        }
        out.push_sql("), counted (total) AS MATERIALIZED (SELECT count(*) FROM matched)");
        Ok(())
    }

    fn filter(&self, out: &mut AstPass<'_, '_, Pg>) {
        if let Some(role) = &self.role {
            out.push_sql(&format!(" AND role = '{}'", role.as_str()));
        }
        if let Some(status) = self.status {
            out.push_sql(&format!(" AND status = '{}'", status.as_str()));
        }
    }

    /// The keys of the page and of what is next to it. Unless in a search they come from an index alone; only the page's own
    /// rows are read.
    fn reach<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let descending = self.order.descending;
        let (farther, nearer) = if descending { ("<", ">") } else { (">", "<") };
        match &self.boundary {
            PageBoundary::Offset(0) => {
                self.walk(out, descending, None, MAX_LIMIT + 1)?;
                out.push_sql(") AS walk LIMIT 1 + ");
            }
            PageBoundary::After(key) => {
                self.walk(out, descending, Some((farther, key)), MAX_LIMIT + 1)?;
                out.push_sql(") AS walk LIMIT 1 + ");
            }
            PageBoundary::Before(key) => {
                self.walk(out, !descending, Some((nearer, key)), 2 * MAX_LIMIT)?;
                out.push_sql(") AS walk LIMIT 2 * ");
            }
            PageBoundary::Offset(offset) => return self.skip(out, offset),
        }
        out.push_bind_param::<BigInt, _>(&self.limit)
    }

    /// Two walks, of which the one that begins at the nearer end of the index takes place; the other has a limit of 0.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a parameter is kept by reference until it is sent")]
    fn skip<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>, offset: &'b i64) -> QueryResult<()> {
        out.push_sql("(");
        self.walk(out, self.order.descending, None, MAX_LIMIT + 1)?;
        out.push_sql(" OFFSET ");
        out.push_bind_param::<BigInt, _>(offset)?;
        out.push_sql(") AS walk LIMIT (SELECT CASE WHEN ");
        out.push_bind_param::<BigInt, _>(offset)?;
        out.push_sql(" <= total / 2 THEN 1 + ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(" ELSE 0 END FROM counted)) UNION ALL (");
        self.walk(out, !self.order.descending, None, MAX_LIMIT + 1)?;
        out.push_sql(" OFFSET (SELECT greatest(total - ");
        out.push_bind_param::<BigInt, _>(offset)?;
        out.push_sql(" - 1 - ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(", 0) FROM counted)) AS walk LIMIT (SELECT CASE WHEN ");
        out.push_bind_param::<BigInt, _>(offset)?;
        out.push_sql(" <= total / 2 THEN 0 ELSE greatest(least(1 + ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        out.push_sql(", total - ");
        out.push_bind_param::<BigInt, _>(offset)?;
        out.push_sql("), 0) END FROM counted))");
        Ok(())
    }

    /// How many items lie on the other side of the cursor, as far as it matters.
    fn other_side<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let descending = self.order.descending;
        let (farther, nearer) = if descending { ("<=", ">=") } else { (">=", "<=") };
        match &self.boundary {
            PageBoundary::Offset(_) => out.push_sql("0::bigint"),
            PageBoundary::After(key) => {
                out.push_sql("(SELECT count(*) FROM (");
                self.walk(out, !descending, Some((nearer, key)), MAX_LIMIT)?;
                out.push_sql(") AS walk LIMIT ");
                out.push_bind_param::<BigInt, _>(&self.limit)?;
                out.push_sql(") AS before)");
            }
            PageBoundary::Before(key) => {
                out.push_sql("(SELECT count(*) FROM (");
                self.walk(out, descending, Some((farther, key)), 1)?;
                out.push_sql(") AS walk) AS after)");
            }
        }
        Ok(())
    }

    /// The beginning of a walk through an index, or through what was matched: the caller may skip some, closes it, and says
    /// how far it goes, which is never beyond `most`.
    fn walk<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Pg>,
        descending: bool,
        from: Option<(&str, &'b UserKey)>,
        most: u32,
    ) -> QueryResult<()> {
        let (table, keys) = if self.gathers() { ("matched", self.names()) } else { ("users", self.keys()) };
        let columns = keys.join(", ");
        out.push_sql(&format!("SELECT * FROM (SELECT {columns} FROM {table} WHERE true"));
        if !self.gathers() {
            self.filter(out);
        }
        if let Some((relation, key)) = from {
            out.push_sql(&format!(" AND ({columns}) {relation} "));
            bind(out, key)?;
        }
        out.push_sql(&format!(" ORDER BY {} LIMIT {most}", ordered(keys, descending)));
        Ok(())
    }
}

fn bind<'b>(out: &mut AstPass<'_, 'b, Pg>, key: &'b UserKey) -> QueryResult<()> {
    out.push_sql("(");
    match key {
        UserKey::Text(text) => out.push_bind_param::<Text, _>(text)?,
        UserKey::Time(time, id) => {
            out.push_sql("coalesce(");
            out.push_bind_param::<Nullable<Timestamptz>, _>(time)?;
            out.push_sql(", '-infinity'), ");
            out.push_bind_param::<Uuid, _>(id)?;
        }
    }
    out.push_sql(")");
    Ok(())
}

fn ordered(keys: &[&str], descending: bool) -> String {
    keys.join(if descending { " DESC, " } else { ", " }) + if descending { " DESC" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::{debug_query, dsl::sql, sql_types::Bool};
    use std::{fmt::Write as _, fs, path::Path};
    use usher_domain::cursor::UserKey;

    /// The file with the SQL of each shape, for people to read.
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/users/list/statement.sql");

    fn shape(about: &str, order: &str, search: (Option<&str>, &[&str]), boundary: PageBoundary<'_>, text: &mut String) {
        let (external_id, patterns) = search;
        let patterns: Vec<_> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let statement = Statement {
            columns: sql::<Bool>("users.*"),
            order: UserOrder::from_name(order).unwrap(),
            role: Some(RoleName::ADMIN),
            status: None,
            external_id,
            patterns: &patterns,
            boundary,
            limit: 20,
        };
        let emitted = debug_query::<Pg, _>(&statement).to_string();
        let (emitted, _) = emitted.split_once(" -- binds").unwrap();
        let sql = [
            ("), reached", "),\nreached"),
            ("), counted", "),\ncounted"),
            (") SELECT counted.", ")\nSELECT counted."),
            (" FROM counted LEFT", "\nFROM counted LEFT"),
            (" UNION ALL ", "\n    UNION ALL "),
        ]
        .iter()
        .fold(emitted.to_owned(), |sql, (clause, on_its_line)| sql.replace(clause, on_its_line));
        writeln!(text, "-- {about}\n{sql};\n").unwrap();
    }

    #[test]
    fn the_file_shows_the_sql_that_is_emitted() {
        let name = UserKey::Text("ada".to_owned());
        let time = UserKey::Time(None, uuid::Uuid::nil());
        let mut text = "-- The shapes of the statement that lists users, as `statement.rs` emits them. A test keeps this file up to \
             date:\n-- `UPDATE=1 cargo test -p usher-persistence statement` writes it.\n\n"
            .to_owned();
        let none = (None, &[][..]);
        shape("?role=admin", "created_at", none, PageBoundary::Offset(0), &mut text);
        shape("?role=admin&offset=40", "created_at", none, PageBoundary::Offset(40), &mut text);
        shape("?role=admin, the page after a cursor", "created_at", none, PageBoundary::After(&time), &mut text);
        shape(
            "?role=admin&sort=-username, the page before a cursor",
            "-username",
            none,
            PageBoundary::Before(&name),
            &mut text,
        );
        shape(
            "?role=admin&sort=last_login_at, the page after a cursor",
            "last_login_at",
            none,
            PageBoundary::After(&time),
            &mut text,
        );
        shape("?role=admin&q=ada&sort=email", "email", (None, &["%ada%"]), PageBoundary::Offset(0), &mut text);
        shape("?role=admin&external_id=42", "created_at", (Some("42"), &[]), PageBoundary::Offset(0), &mut text);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(Path::new(FILE), &text).unwrap();
        }
        assert_eq!(fs::read_to_string(FILE).unwrap_or_default(), text);
    }
}

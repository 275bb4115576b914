//! The list of users, a page at a time.

mod statement;

use crate::{
    Database, Error,
    pages::{Asked, Found},
    row::{UserRow, columns},
};
use chrono::{DateTime, Utc};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use statement::{MAX_OFFSET, PageBoundary, Statement};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use tracing::Instrument;
use usher_domain::{
    ExternalId, User,
    cursor::{Cursor, Direction, UserCursor},
    page::{MAX_LIMIT, Page, Start, UserFilter, UserOrder},
};

/// Minimum length of a text that trigrams can find anywhere in a name.
const TRIGRAM: usize = 3;
/// Maximum time that a search waits for other searches.
const SEARCH_QUEUE: Duration = Duration::from_secs(1);
/// A search may read every user; it must not hold its connection for as long as other queries may.
const SEARCH_LIMIT: &str = "SET LOCAL statement_timeout = '3s'";

impl Database {
    /// A page of at most `limit` users (1 to [`MAX_LIMIT`]) that pass the filter, and how many of them there are, at one
    /// moment. The caller must check that the cursor belongs to this order and filter.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if too many searches are running, or this one takes too long.
    pub async fn list_users(
        &self,
        filter: &UserFilter,
        order: UserOrder,
        start: &Start<UserCursor>,
        limit: u32,
    ) -> Result<Page<User, UserCursor>, Error> {
        let limit = i64::from(limit.clamp(1, MAX_LIMIT));
        let request = Request {
            filter: filter.clone(),
            order,
            start: start.clone(),
            limit,
            now: self.clock.now(),
            verified_email: self.rules.verified_email,
        };
        match filter.needle() {
            None => self.read(async |connection| request.answer(connection, &[]).await).await,
            // Postgres cannot store this character, so no name contains it.
            Some(needle) if needle.contains('\0') => Ok(request.page(Found::default())),
            Some(needle) => {
                let needles = [Some(needle), filter.address_needle()];
                self.search(request, needles.into_iter().flatten().map(|needle| pattern(&needle)).collect()).await
            }
        }
    }

    async fn search(&self, request: Request, patterns: Vec<String>) -> Result<Page<User, UserCursor>, Error> {
        let Ok(Ok(turn)) = timeout(SEARCH_QUEUE, Arc::clone(&self.searches).acquire_owned()).await else {
            return Err(Error::Unavailable("too many searches are running".to_owned()));
        };
        let database = self.clone();
        // A client that disconnects does not end the search in the database, so its slot stays taken.
        let search = async move {
            let search = database.limited(SEARCH_LIMIT, async |connection| request.answer(connection, &patterns).await);
            let page = search.await;
            drop(turn);
            page
        };
        tokio::spawn(search.in_current_span()).await.unwrap_or_else(|lost| Err(Error::Unavailable(lost.to_string())))
    }
}

/// The LIKE pattern that finds it.
fn pattern(needle: &str) -> String {
    let mut pattern = String::with_capacity(needle.len() + 2);
    if needle.chars().count() >= TRIGRAM {
        pattern.push('%');
    }
    for character in needle.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

struct Request {
    filter: UserFilter,
    order: UserOrder,
    start: Start<UserCursor>,
    limit: i64,
    now: DateTime<Utc>,
    verified_email: bool,
}

impl Request {
    async fn answer(
        &self,
        connection: &mut AsyncPgConnection,
        patterns: &[String],
    ) -> Result<Page<User, UserCursor>, Error> {
        let boundary = match &self.start {
            Start::Offset(offset) => PageBoundary::Offset((*offset).clamp(0, MAX_OFFSET)),
            Start::Cursor(cursor) if cursor.direction() == Direction::Forward => PageBoundary::After(cursor.key()),
            Start::Cursor(cursor) => PageBoundary::Before(cursor.key()),
        };
        let statement = Statement {
            columns: columns(self.now, self.verified_email),
            order: self.order,
            role: self.filter.role.clone(),
            status: self.filter.status,
            external_id: self.filter.external_id.as_ref().map(ExternalId::as_str),
            patterns,
            boundary,
            limit: self.limit,
        };
        let mut found = Found::default();
        for row in statement.load::<(i64, i64, i64, Option<UserRow>)>(connection).await? {
            let item;
            (found.total, found.reached, found.other_side, item) = row;
            found.items.extend(item.map(User::from));
        }
        Ok(self.page(found))
    }

    fn page(&self, found: Found<User>) -> Page<User, UserCursor> {
        let beside =
            |user: &User, direction, position| UserCursor::beside(user, direction, position, self.order, &self.filter);
        Asked { start: &self.start, limit: self.limit, beside }.page(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_literal_and_of_less_than_three_characters_from_the_beginning() {
        assert_eq!(pattern("ad"), "ad%");
        assert_eq!(pattern("ada"), "%ada%");
        assert_eq!(pattern("語彙"), "語彙%");
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }
}

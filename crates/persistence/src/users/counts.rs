//! Checks the counts from which lists have their totals. The triggers of `users` keep them; other writers to
//! the database may not.

use crate::{Database, Error};
use diesel::{QueryableByName, sql_query, sql_types::Bool};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

/// Counting all users takes longer than other queries may.
const STATEMENT_TIMEOUT: &str = "SET LOCAL statement_timeout = '60s'";
const RIGHT: &str = "SELECT NOT EXISTS (SELECT FROM (SELECT role, status, count(*) AS n FROM users GROUP BY role, status) AS there \
     FULL JOIN (SELECT role, status, sum(n) AS n FROM user_counts GROUP BY role, status) AS counted USING (role, status) \
     WHERE coalesce(there.n, 0) <> coalesce(counted.n, 0)) AS is_right";

#[derive(QueryableByName)]
struct CountsCheck {
    #[diesel(sql_type = Bool)]
    is_right: bool,
}

impl Database {
    /// Whether the stored counts of users are right.
    pub async fn counts_users_right(&self) -> Result<bool, Error> {
        self.long_snapshot(async |connection| {
            connection.batch_execute(STATEMENT_TIMEOUT).await?;
            Ok(sql_query(RIGHT).get_result::<CountsCheck>(connection).await?.is_right)
        })
        .await
    }
}

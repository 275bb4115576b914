//! Reading statistics: a few hundred rows of sums, whatever the number of users.

use crate::{Database, Error};
use chrono::NaiveDate;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Date, Text},
};
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;
use usher_domain::statistics::{DayCounts, Days, Statistics, daily};

/// Each closed day, and what has been counted for each day since.
const DAYS: &str = "SELECT day, registrations, sign_ins, failed_sign_ins, active_users FROM daily_statistics \
    WHERE day BETWEEN $1 AND $2 \
    UNION ALL SELECT day, \
        coalesce(sum(n) FILTER (WHERE counter = 'registrations'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'sign_ins'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'failed_sign_ins'), 0)::bigint, \
        coalesce(sum(n) FILTER (WHERE counter = 'active_users'), 0)::bigint \
    FROM daily_counts WHERE day BETWEEN $1 AND $2 GROUP BY day";
const USERS: &str =
    "SELECT role, status, sum(n)::bigint AS n FROM user_counts GROUP BY role, status HAVING sum(n) <> 0";

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    registrations: i64,
    #[diesel(sql_type = BigInt)]
    sign_ins: i64,
    #[diesel(sql_type = BigInt)]
    failed_sign_ins: i64,
    #[diesel(sql_type = BigInt)]
    active_users: i64,
}

impl From<DayRow> for DayCounts {
    fn from(row: DayRow) -> Self {
        let DayRow { day, registrations, sign_ins, failed_sign_ins, active_users } = row;
        Self { date: day, registrations, sign_ins, failed_sign_ins, active_users }
    }
}

#[derive(QueryableByName)]
struct UsersRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Database {
    /// How many users there are, and what happened on these days, which end today.
    pub async fn statistics(&self, days: Days) -> Result<Statistics, Error> {
        let now = self.clock.now();
        let (days, last) = (days.until(now), now.date_naive());
        let first = days.as_slice().first().copied().unwrap_or(last);
        let (users, counted) = self
            .snapshot(async |connection| {
                let users: Vec<UsersRow> = sql_query(USERS).load(connection).await?;
                let period = sql_query(DAYS).bind::<Date, _>(first).bind::<Date, _>(last);
                let counted: Vec<DayRow> = period.load(connection).await?;
                Ok((users, counted))
            })
            .await?;
        let parts: Vec<DayCounts> = counted.into_iter().map(DayCounts::from).collect();
        let (mut by_status, mut by_role) = (BTreeMap::new(), BTreeMap::new());
        for UsersRow { role, status, n } in users {
            *by_status.entry(status).or_insert(0) += n;
            *by_role.entry(role).or_insert(0) += n;
        }
        Ok(Statistics { by_status, by_role, days: daily(&days, &parts) })
    }
}

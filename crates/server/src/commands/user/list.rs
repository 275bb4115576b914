//! `usher user list`

use crate::failure::{Context, Failure};
use std::io::{Write, stdout};
use usher_domain::page::{MAX_LIMIT, Start, UserFilter, UserOrder};
use usher_persistence::Database;

/// Lists at most `limit` users, oldest first.
pub async fn run(database: &Database, filter: UserFilter, limit: u32) -> Result<(), Failure> {
    let mut start = Start::Offset(0);
    let mut left = limit;
    let mut out = stdout().lock();
    while left > 0 {
        let page = database.list_users(&filter, UserOrder::default(), &start, left.min(MAX_LIMIT)).await.or_fail()?;
        for user in &page.items {
            let written = writeln!(
                out,
                "{}  {:<32}  {:<9}  {:<32}  {}",
                user.id,
                user.role.name.as_str(),
                user.status.as_str(),
                user.username.as_str(),
                user.email.as_str()
            );
            written.context("standard output")?;
        }
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        match page.next {
            Some(next) => start = next,
            None => break,
        }
    }
    Ok(())
}

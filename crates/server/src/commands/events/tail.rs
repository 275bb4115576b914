//! `usher events tail`

use crate::{
    cli::events::Tail,
    failure::{Context, Failure},
};
use std::{
    io::{ErrorKind, Write, stdout},
    time::Duration,
};
use usher_domain::event_feed::{FeedEvent, FeedStart};
use usher_http::event_line;
use usher_persistence::{Database, Error, FeedQuery};

/// Events that are read in one query.
const PAGE_SIZE: u16 = 1000;
/// How often the feed is read when there is nothing new.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Prints events until it is interrupted, or until nobody reads its output any more.
pub async fn run(database: &Database, tail: Tail) -> Result<(), Failure> {
    let types = Some(tail.types).filter(|types| !types.is_empty());
    let mut query = FeedQuery { start: tail.after, types, limit: PAGE_SIZE, kept_since: None };
    loop {
        let page = match database.events(&query).await {
            Ok(page) => page,
            Err(Error::PositionExpired) => {
                return Err(Failure::new(
                    "events after this position are not kept any more; begin with --after oldest",
                ));
            }
            // A service would go on too.
            Err(error) if error.outage().is_some() && !tail.no_follow => {
                tracing::warn!(%error, "cannot read events; trying again");
                tokio::time::sleep(POLL_INTERVAL).await;
                continue;
            }
            Err(error) => return Err(error).context("cannot read events"),
        };
        match print(&page.events) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            printed => printed.context("standard output")?,
        }
        query.start = FeedStart::After(page.position);
        if page.is_end {
            if tail.no_follow {
                return Ok(());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

fn print(events: &[FeedEvent]) -> std::io::Result<()> {
    let mut out = stdout().lock();
    for event in events {
        writeln!(out, "{}", event_line(event)?)?;
    }
    out.flush()
}

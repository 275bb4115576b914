//! The next events, for which a reader may wait.

use super::list::ListEvents;
use crate::{operation::Operation as _, problem::Problem, request::AuthorizedRequest};
use std::time::Duration;
use tokio::{
    select,
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use usher_domain::event_feed::{FeedPage, FeedStart, Position};
use usher_persistence::{Error, FeedQuery};

/// How often it is checked that somebody who waits may still read the feed. Most changes of rights are events, which wake them
/// sooner.
const RIGHTS_INTERVAL: Duration = Duration::from_secs(5);

/// The next events. If there are none, waits for the first one as long as the request asks for, without a connection to the
/// database. The wait ends early when the service stops.
pub async fn next(request: &AuthorizedRequest<ListEvents>) -> Result<FeedPage, Problem> {
    let service = &request.service;
    let end = Instant::now() + request.query.wait();
    let mut newest = service.database.newest_event();
    let mut page = read(request, request.query.start()).await?;
    if !page.events.is_empty() || end <= Instant::now() {
        return Ok(page);
    }
    let mut waiting = service.waits.begin()?;
    while page.events.is_empty() && !waiting.has_stopped() && Instant::now() < end {
        if page.is_end {
            let is_later = select! {
                () = later_than(&mut newest, page.position) => true,
                () = sleep(RIGHTS_INTERVAL) => false,
                () = sleep_until(end) => false,
                () = waiting.is_stopped() => false,
            };
            request.still_allowed().await?;
            if !is_later {
                continue;
            }
        }
        page = read(request, FeedStart::After(page.position)).await?;
    }
    Ok(page)
}

/// Waits until there is an event after this position.
async fn later_than(newest: &mut watch::Receiver<Position>, position: Position) {
    if newest.wait_for(|newest| *newest > position).await.is_err() {
        // The database has been closed, which ends the service.
        std::future::pending::<()>().await;
    }
}

async fn read(request: &AuthorizedRequest<ListEvents>, start: FeedStart) -> Result<FeedPage, Problem> {
    let AuthorizedRequest { service, query, .. } = request;
    let kept_since = service.clock.now().checked_sub_signed(service.settings.event_retention);
    let page =
        service.database.events(&FeedQuery { start, types: query.types(), limit: query.limit(), kept_since }).await;
    page.map_err(|error| match error {
        Error::PositionExpired => Problem::PositionExpired(Some(service.api.href(ListEvents::SPEC.path))),
        error => error.into(),
    })
}

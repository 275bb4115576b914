//! Which events are asked for, and the page of them.

use super::event::EventMembers;
use crate::{
    call::Call,
    faults::{InputFault, pointer},
    links::Seen,
    operations::{Kind, Operation},
    pages::{Listing, Part},
    problem::Problem,
    query::{self, Parameters, Query},
    representation::Representation,
};
use actix_web::HttpResponse;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::Serialize;
use usher_domain::{
    audit::{AuditFilter, Event, MOST_COUNTED, Outcome},
    clock,
    cursor::IdCursor,
    page::Start,
};
use uuid::Uuid;

/// Nanoseconds of a millisecond.
const NANOS: u32 = 1_000_000;

/// Which part of which list of events.
pub struct Parts {
    part: Part<IdCursor>,
    filter: AuditFilter,
    /// `None` where the caller did not say.
    newest_first: Option<bool>,
}

/// Events whoever they happened to.
pub struct OfAnyone(pub Parts);

/// Events that happened to the user whom the path names.
pub struct OfOne(pub Parts);

impl Query for OfAnyone {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let target = parameters.read("target", "not_a_uuid", "must be a UUID", uuid);
        Parts::read(parameters, target).map(Self)
    }
}

impl Query for OfOne {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        Parts::read(parameters, None).map(Self)
    }
}

impl Parts {
    fn read(parameters: &mut Parameters, target: Option<Uuid>) -> Option<Self> {
        let one_of = |names: &[&str]| format!("must be one of: {}", names.join(", "));
        let action = parameters.read("action", "unknown_option", one_of(Event::NAMES), Event::from_name);
        let outcome = parameters.read("outcome", "unknown_option", one_of(Outcome::NAMES), Outcome::from_name);
        let actor = parameters.read("actor", "not_a_uuid", "must be a UUID", uuid);
        let time = "must be a time such as 2026-01-02T03:04:05Z (RFC 3339)";
        let since = parameters.read("since", "not_a_time", time, self::time);
        let until = parameters.read("until", "not_a_time", time, self::time);
        let newest_first = parameters.read("sort", "unknown_option", "must be one of: at, -at", |text| match text {
            "at" => Some(false),
            "-at" => Some(true),
            _ => None,
        });
        // Whose events they are may be in the path, which is not known here: the handler asks whether the cursor suits.
        let part = Part::read(parameters, |_| true)?;
        Some(Self { part, filter: AuditFilter { action, actor, target, outcome, since, until }, newest_first })
    }

    /// The list at that path.
    pub fn listing(&self, path: String, search: &'static str) -> Listing<'_, IdCursor> {
        Listing { path, part: &self.part, filters: self.pairs(), search, items: "audit_events" }
    }

    /// The parameters that all pages of the list have in common.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let AuditFilter { action, actor, target, outcome, since, until } = &self.filter;
        let time = |time: &DateTime<Utc>| clock::written(*time);
        let pairs = [
            ("action", action.map(|action| action.as_str().to_owned())),
            ("actor", actor.map(|id| id.to_string())),
            ("target", target.map(|id| id.to_string())),
            ("outcome", outcome.map(|outcome| outcome.as_str().to_owned())),
            ("since", since.as_ref().map(time)),
            ("until", until.as_ref().map(time)),
            ("sort", self.newest_first.map(|newest_first| if newest_first { "-at" } else { "at" }.to_owned())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::parse_str(text).ok() } else { None }
}

/// A time of a year of four digits in UTC too, or the links of the page could not say it. Events have times of whole
/// milliseconds, and so have the links: what lies between two of them means the same as the later one.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = query::time(text)?.to_utc();
    let excess = i64::from(time.timestamp_subsec_nanos() % NANOS);
    let time = if excess == 0 { time } else { time + TimeDelta::nanoseconds(i64::from(NANOS) - excess) };
    (0..=9999).contains(&time.year()).then_some(time)
}

/// What a page of events has beside what every page has.
#[derive(Serialize)]
struct Counted {
    total_is_exact: bool,
}

impl OfAnyone {
    pub async fn page<O: Operation>(&self, call: &Call<O>, seen: Seen<'_>) -> Result<HttpResponse, Problem> {
        page(call, &self.0, &self.0.filter, seen, "action,actor,target,outcome,since,until,sort,limit,offset").await
    }
}

impl OfOne {
    pub async fn page<O: Operation>(
        &self,
        call: &Call<O>,
        target: Uuid,
        seen: Seen<'_>,
    ) -> Result<HttpResponse, Problem> {
        let filter = AuditFilter { target: Some(target), ..self.0.filter.clone() };
        page(call, &self.0, &filter, seen, "action,actor,outcome,since,until,sort,limit,offset").await
    }
}

async fn page<O: Operation>(
    call: &Call<O>,
    parts: &Parts,
    filter: &AuditFilter,
    seen: Seen<'_>,
    search: &'static str,
) -> Result<HttpResponse, Problem> {
    let (part, newest_first) = (&parts.part, parts.newest_first.unwrap_or(true));
    let list = format!("audit events {filter:?}, newest first: {newest_first}");
    part.of(&list)?;
    let database = &call.service.database;
    let page = database.list_audit_events(filter, newest_first, &list, &part.start, part.limit).await?;
    call.still_allowed().await?;
    if !page.counted && matches!(part.start, Start::Offset(offset) if offset > MOST_COUNTED) {
        let detail = format!("must be at most {MOST_COUNTED} in so long a list; walk by `next` to go farther");
        return Err(Problem::invalid(InputFault::new(pointer("offset"), "out_of_range", detail)));
    }
    let listing = parts.listing(seen.href(O::ROW), search);
    let seen = Seen { kind: Kind::AuditEvents, ..seen };
    let counted = Counted { total_is_exact: page.counted };
    call.page(listing.represent(&page, seen, call.media, counted, |event| {
        let members = EventMembers::new(event, &call.actor);
        Representation::new(members, Seen { kind: Kind::AuditEvent, ..seen }, Vec::new(), call.media)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_taken_where_a_link_can_say_it() {
        for (good, link) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"),
            ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05.6780001Z", "2026-01-02T03:04:05.679Z"),
            ("2026-01-02T03:04:59.999999Z", "2026-01-02T03:05:00.000Z"),
            ("2026-01-02T03:04:05 02:00", "2026-01-02T01:04:05.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60.000Z"),
        ] {
            let written = time(good).map(clock::written);
            assert_eq!(written.as_deref(), Some(link), "{good}");
            assert_eq!(time(link), time(good), "{good}");
        }
        for bad in [
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T23:59:59.9999Z",
            "+10000-01-01T00:00:00Z",
            "2026-01-02",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }
}

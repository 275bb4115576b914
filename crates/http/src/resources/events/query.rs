//! Which part of the feed is requested.

use crate::{
    operation::parameter::{Parameter, ParameterSchema, QueryValue, integer, must_be_one_of, string},
    request::{
        page_request::whole_number,
        query::{Parameters, Query},
    },
};
use std::{borrow::Cow, time::Duration};
use usher_domain::{
    audit::Event,
    event_feed::{EventSchema, FeedStart, Position},
};
use utoipa::openapi::{KnownFormat, Schema};

const DEFAULT_LIMIT: u16 = 100;
const MAX_LIMIT: u16 = 1000;
/// Seconds.
const MAX_WAIT: u8 = 30;

/// The query of the feed.
#[derive(Debug)]
pub struct EventQuery {
    after: Option<After>,
    limit: Option<Limit>,
    wait: Option<Wait>,
    types: Option<Types>,
}

impl EventQuery {
    pub fn start(&self) -> FeedStart {
        match self.after {
            None => FeedStart::Oldest,
            Some(After::Latest) => FeedStart::Latest,
            Some(After::Position(position)) => FeedStart::After(position),
        }
    }

    pub fn limit(&self) -> u16 {
        self.limit.as_ref().map_or(DEFAULT_LIMIT, |limit| limit.0)
    }

    /// How long to wait for the first event.
    pub fn wait(&self) -> Duration {
        self.wait.as_ref().map_or(Duration::ZERO, |wait| Duration::from_secs(wait.0.into()))
    }

    pub fn types(&self) -> Option<Vec<Event>> {
        self.types.as_ref().map(|types| types.0.clone())
    }

    /// The parameters that were sent.
    pub fn parameters_sent(&self) -> String {
        self.query(self.after.as_ref())
    }

    /// The same with this position.
    pub fn parameters_after(&self, position: Position) -> String {
        self.query(Some(&After::Position(position)))
    }

    /// With the question mark; empty if there are none.
    fn query(&self, after: Option<&After>) -> String {
        let pairs = [
            after.map(|after| ("after", after.write())),
            self.limit.as_ref().map(|limit| ("limit", limit.write())),
            self.wait.as_ref().map(|wait| ("wait", wait.write())),
            self.types.as_ref().map(|types| ("type", types.write())),
        ];
        // No value needs percent-encoding.
        let pairs: Vec<_> = pairs.into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

impl Query for EventQuery {
    fn parameters() -> Vec<Parameter> {
        vec![
            Parameter::filter::<After>(
                "after",
                "The position after which to read, or `latest` to read only what is yet to happen; without it, the feed is read \
                 from the oldest event that is kept",
            ),
            Parameter::filter::<Wait>("wait", "How many seconds to wait for the first event if there is none"),
            Parameter::filter::<Types>("type", "Only events of these types, separated by commas"),
            Parameter {
                name: "limit",
                description: "Maximum number of events",
                schema: Limit::SCHEMA,
                example: None,
                filters: false,
            },
        ]
    }

    fn read(parameters: &mut Parameters) -> Option<Self> {
        Some(Self {
            after: parameters.value("after"),
            limit: parameters.value("limit"),
            wait: parameters.value("wait"),
            types: parameters.value("type"),
        })
    }

    #[cfg(any(test, fuzzing))]
    fn own_href(&self) -> Option<String> {
        Some(self.parameters_sent()).filter(|query| !query.is_empty())
    }
}

/// A position, or the end of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum After {
    Latest,
    Position(Position),
}

const LATEST: &str = "latest";

impl QueryValue for After {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(after);
    const FAULT: &'static str = "invalid_position";

    fn detail() -> Cow<'static, str> {
        "must be the position of an event, 0 or latest".into()
    }

    fn read(text: &str) -> Option<Self> {
        if text == LATEST {
            return Some(Self::Latest);
        }
        whole_number(text).and_then(Position::new).map(Self::Position)
    }

    fn write(&self) -> String {
        match self {
            Self::Latest => LATEST.to_owned(),
            Self::Position(position) => position.get().to_string(),
        }
    }
}

fn after() -> Schema {
    string().pattern(Some("^([0-9]{1,19}|latest)$")).build().into()
}

/// How many events.
#[derive(Debug)]
struct Limit(u16);

impl QueryValue for Limit {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(limit);
    const FAULT: &'static str = "out_of_range";

    fn detail() -> Cow<'static, str> {
        format!("must be an integer from 1 to {MAX_LIMIT}").into()
    }

    fn read(text: &str) -> Option<Self> {
        let limit = whole_number(text).and_then(|limit| u16::try_from(limit).ok())?;
        (1..=MAX_LIMIT).contains(&limit).then_some(Self(limit))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

fn limit() -> Schema {
    let limit = integer(KnownFormat::Int32).minimum(Some(1)).maximum(Some(MAX_LIMIT));
    limit.default(Some(DEFAULT_LIMIT.into())).build().into()
}

/// Seconds to wait.
#[derive(Debug)]
struct Wait(u8);

impl QueryValue for Wait {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(wait);
    const FAULT: &'static str = "out_of_range";

    fn detail() -> Cow<'static, str> {
        format!("must be an integer from 0 to {MAX_WAIT}").into()
    }

    fn read(text: &str) -> Option<Self> {
        let wait = whole_number(text).and_then(|wait| u8::try_from(wait).ok())?;
        (wait <= MAX_WAIT).then_some(Self(wait))
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

fn wait() -> Schema {
    let wait = integer(KnownFormat::Int32).minimum(Some(0)).maximum(Some(MAX_WAIT));
    wait.default(Some(0.into())).build().into()
}

/// Types of events.
#[derive(Debug)]
struct Types(Vec<Event>);

impl QueryValue for Types {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(types);
    const FAULT: &'static str = "unknown_option";

    fn detail() -> Cow<'static, str> {
        let types: Vec<_> = super::event::types().map(|(event, _)| event.as_str()).collect();
        must_be_one_of(&types)
    }

    fn read(text: &str) -> Option<Self> {
        let mut types = Vec::new();
        for name in text.split(',') {
            let event = Event::from_name(name).filter(|event| EventSchema::of(*event).is_some())?;
            if !types.contains(&event) {
                types.push(event);
            }
        }
        Some(Self(types))
    }

    fn write(&self) -> String {
        self.0.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(",")
    }
}

fn types() -> Schema {
    string().pattern(Some("^[a-z_]+(,[a-z_]+)*$")).build().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_repeats_the_parameters_in_one_form() {
        for (sent, own) in [
            ("", ""),
            ("type=user_created%2Cuser_deleted,user_created&after=7", "?after=7&type=user_created,user_deleted"),
            ("wait=030&limit=1000&after=latest", "?after=latest&limit=1000&wait=30"),
        ] {
            let mut parameters = Parameters::parse(sent);
            let query = EventQuery::read(&mut parameters).unwrap();
            assert!(parameters.finish().is_empty(), "{sent}");
            assert_eq!(query.parameters_sent(), own);
        }
        let query = EventQuery::read(&mut Parameters::parse("after=latest&wait=5")).unwrap();
        assert_eq!(query.parameters_after(Position::new(9).unwrap()), "?after=9&wait=5");
    }
}

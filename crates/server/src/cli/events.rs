//! `usher events`

use crate::settings::DatabaseSettings;
use clap::{Args, Subcommand};
use usher_domain::{
    audit::Event,
    event_feed::{EventSchema, FeedStart, Position},
};

#[derive(Args)]
pub struct EventsCommand {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(subcommand)]
    pub command: EventsSubcommand,
}

#[derive(Subcommand)]
pub enum EventsSubcommand {
    Tail(Tail),
}

/// Print events as they happen, until it is interrupted
///
/// Each line is a JSON object with the members that the event has in `GET /v1/events`.
#[derive(Args)]
pub struct Tail {
    /// Where to begin: `latest` for new events, `oldest` for all that are kept, or after the event at this position
    #[arg(long, value_name = "POSITION", value_parser = start, default_value = "latest")]
    pub after: FeedStart,
    /// Only events of these types, separated by commas
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',', value_parser = event_type)]
    pub types: Vec<Event>,
    /// Print the events that there are, and exit
    #[arg(long)]
    pub no_follow: bool,
}

fn start(text: &str) -> Result<FeedStart, String> {
    match text {
        "latest" => Ok(FeedStart::Latest),
        "oldest" => Ok(FeedStart::Oldest),
        position => {
            let position = position.parse().ok().and_then(Position::new);
            position.map(FeedStart::After).ok_or_else(|| "must be a position, latest or oldest".to_owned())
        }
    }
}

fn event_type(text: &str) -> Result<Event, String> {
    let event = Event::from_name(text.trim()).filter(|event| EventSchema::of(*event).is_some());
    event.ok_or_else(|| "is not a type of event".to_owned())
}

//! The feed of events.

mod access;
mod content;
mod order;
mod query;
mod retention;
mod wait;

use serde_json::Value;
use usher_testkit::{Answer, Client};

const FEED: &str = "/v1/events";

/// A part of the feed, with these parameters.
async fn read(client: &Client, parameters: &str) -> Answer {
    client.get(&format!("{FEED}?{parameters}")).await.expect_status(200)
}

fn events(feed: &Answer) -> &Vec<Value> {
    feed.json["_embedded"]["events"].as_array().unwrap()
}

/// The types of the events.
fn types(feed: &Answer) -> Vec<&str> {
    events(feed).iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Where to go on.
fn position(feed: &Answer) -> i64 {
    feed.json["position"].as_i64().unwrap()
}

/// The position after all events that there are now.
async fn latest(client: &Client) -> i64 {
    position(&read(client, "after=latest").await)
}

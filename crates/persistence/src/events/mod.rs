//! The feed of events.
//!
//! A trigger puts each audit event of a success into a queue, in the transaction that records it. Numbering moves the committed
//! events of the queue to the feed and gives them the next positions, under a lock, so that no event ever appears before one
//! that has been read. Every replica numbers: in the background, and before it answers a reader.

mod backlog;
mod cleanup;
mod follow;
mod number;
mod read;

pub use backlog::EventBacklog;
pub(crate) use cleanup::cleanup;
pub use read::FeedQuery;

/// The channel of `NOTIFY` that tells replicas of new positions.
const CHANNEL: &str = "usher_events";

//! Errors of the database and the loss of its primary.

mod closed_connections;
mod errors;
mod failover;
mod forwarder;
mod round_trips;

//! Errors of the database and the loss of its primary.

mod errors;
mod failover;

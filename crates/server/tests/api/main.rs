//! The service through its socket, on a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod oauth;
mod refresh;
mod root;

//! The service through its socket, on a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod oauth;
mod refresh;
mod register;
mod root;
mod token;
mod tokens_refused;
mod users_create;
mod users_lifecycle;
mod users_read;
mod users_update;

//! The service through its socket, on a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod addresses;
mod audit;
mod audit_trail;
mod clock;
mod connections;
mod encoding;
mod freshness;
mod fuzz;
mod input;
mod mail_resets;
mod mail_server;
mod mail_verification;
mod negotiation;
mod oauth;
mod order;
mod own_pages;
mod public_url;
mod races;
mod refresh;
mod register;
mod root;
mod service;
mod sessions;
mod signing_keys;
mod throttle;
mod times;
mod token;
mod tokens_refused;
mod user_files;
mod users_create;
mod users_export;
mod users_lifecycle;
mod users_list;
mod users_read;
mod users_update;

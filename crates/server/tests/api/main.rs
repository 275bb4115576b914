//! The service through its socket, on a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access_tokens;
mod api_keys;
mod audit;
mod clock;
mod database;
mod email_verifications;
mod freshness;
mod health;
mod jobs;
mod mail_delivery;
mod oauth;
mod password_resets;
mod public_url;
mod races;
mod rate_limits;
mod request;
mod response_headers;
mod roles;
mod root;
mod sessions;
mod signing_keys;
mod takeover;
mod times;
mod user_files;
mod users;
mod web;

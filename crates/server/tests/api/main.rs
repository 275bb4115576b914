//! The service through its socket, on a real Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access_tokens;
mod api_keys;
mod assurance;
mod audit;
mod clock;
mod database;
mod email_verifications;
mod events;
mod factors;
mod freshness;
mod health;
mod jobs;
mod lost_phone;
mod mail_delivery;
mod oauth;
mod operations;
mod passkeys;
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
mod statistics;
mod step_up;
mod takeover;
mod times;
mod user_files;
mod users;
mod web;

//! The binary as a shell runs it: its commands, its settings, its start and its stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api_keys;
mod backup;
mod citations;
mod commands;
mod data_dir;
mod database;
mod deploy;
mod docs;
mod events;
mod factors;
mod first_admin;
mod generated_tables;
mod health;
mod home;
mod keys;
mod listen;
mod mail;
mod metrics;
mod migrate;
mod request_log;
mod roles;
mod secrets;
mod settings;
mod start_and_stop;
mod tour;
mod traces;

//! The binary as a shell runs it: its commands, its settings, its start and its stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backup;
mod commands;
mod data_dir;
mod database;
mod deploy;
mod docs;
mod evidence;
mod first_admin;
mod health;
mod home;
mod journal;
mod keys;
mod lifecycle;
mod listen;
mod mail;
mod metrics;
mod secrecy;
mod settings;
mod tour;
mod traces;

//! The private Postgres with real processes, each test in its own directory.

#![allow(clippy::unwrap_used, clippy::panic)]

mod cluster;
mod connection;
mod directories;
mod errors;
mod killed_service;
mod processes;
mod stop;
mod supervision;
mod test_dir;

//! A private Postgres: the one that the service runs itself if no database is configured.
//!
//! Its files are in the data directory ([`layout`]). It listens only on a Unix socket in a directory that only its owner can
//! enter. It runs exactly as long as the service: a supervisor ([`supervisor`]) restarts it if it ends, and a watchdog process
//! ([`watchdog`]) stops it if the service ends, even by SIGKILL.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod binaries;
mod cluster;
mod error;
mod initdb;
mod launch;
mod layout;
mod lock;
mod options;
mod os_user;
mod postgres;
mod postmaster;
mod readiness;
mod supervisor;
mod url;
mod watchdog;
mod watchdog_script;

pub use binaries::Binaries;
pub use error::Error;
pub use layout::{exists, running};
pub use options::{Durability, Options};
pub use postgres::PrivatePostgres;

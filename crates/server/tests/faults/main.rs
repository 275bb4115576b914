//! Fault injection: what `docs/operating/reliability.md` promises holds while parts of the system fail.
//!
//! These tests take minutes and need the machine for themselves, so `make test` ignores them. `make test-faults` runs them, and
//! `make soak` the one that takes an hour.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod disk;
mod failover;
#[path = "../process/home.rs"]
#[allow(dead_code, reason = "the tests of the process use the rest")]
mod home;
mod kills;
mod network;
mod pgbouncer;
mod postgres;
mod power;
mod pressure;
mod process_stats;
mod proxy;
mod soak;
mod writers;

//! The service while things break around it: what must hold stands in `docs/operating/reliability.md`.
//!
//! Each test takes its time and wants the machine for itself, so `make test` passes over them: `make test-faults`, and
//! `make soak` for the one that takes an hour.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clients;
mod disk;
mod failover;
mod gauges;
#[path = "../process/home.rs"]
#[allow(dead_code, reason = "the tests of the process use the rest")]
mod home;
mod kills;
mod network;
mod pgbouncer;
mod postgres;
mod power;
mod pressure;
mod proxy;
mod soak;
mod writers;

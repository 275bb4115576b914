//! The invariant: a link is in a representation if and only if its caller may follow it now.
//!
//! `truth` is the expected behaviour, written by hand. The crawler finds what is offered, and the service decides what it
//! allows; all three must agree for every caller, every resource and every operation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod document;
mod forms;
mod methods;
mod offered;
mod refused;
mod state;
mod truth;
mod walks;
mod world;

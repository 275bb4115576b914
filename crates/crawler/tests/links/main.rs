//! The promise: a link is in a representation if and only if its caller may follow it now.
//!
//! `truth` holds what is right, written by hand. The crawler says what is offered, the service says what it lets through;
//! all three must agree for every caller, every resource and every operation.
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

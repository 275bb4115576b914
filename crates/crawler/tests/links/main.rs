//! The invariant: a link is in a representation if and only if its caller may follow it now.
//!
//! The policy table is the expected behaviour, written by hand. The crawler finds which operations are linked, and the
//! service decides which it allows. All three must agree for every caller, every resource and every operation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod document;
mod every_role;
mod facts;
mod fixture;
mod forms;
mod methods;
mod offered;
mod policy_table;
mod proofs;
mod refused;
mod resource;
mod second_factors;
mod state;
mod walks;

//! Users in files: reading and writing them as lines of CSV or NDJSON. Roles in files: reading them as lines of NDJSON.
//!
//! This crate opens no files and no database: it takes lines and values, and returns users, roles or errors.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod faults;
pub mod fields;
pub mod formats;
mod formula;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod lines;
pub mod roles;

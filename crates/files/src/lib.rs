//! Users as lines of a file, CSV or NDJSON: how they are written, and what a stranger's file may say.
//!
//! This crate opens no file and knows no database: it is given lines and values, and answers with users or with what is
//! wrong.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod fields;
pub mod formats;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod lines;

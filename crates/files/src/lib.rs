//! Users and roles in files.
//!
//! A file of users goes through these folders, in this order:
//!
//! | folder | from | to |
//! |---|---|---|
//! | `input` | bytes in any encoding | lines of text |
//! | `table`, `document` | lines of CSV, or JSON | rows of cells, or objects |
//! | `sources` | the columns and keys of another system | a draft of our fields |
//! | `usernames` | a draft without a username, or with one that cannot be used | usernames to try |
//! | `user` (with `values`) | a draft | a user, or all its faults |
//! | `report` | faults | counts, and a file to correct |
//!
//! [`UserFile`] runs through them, record by record. Nothing is held in memory but the record that is read, so a file may have any
//! length.
//!
//! `targets` writes users for other systems.
//!
//! This crate opens no files and no database.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod document;
mod fault;
mod formula;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod input;
mod mapping;
pub mod report;
pub mod roles;
pub mod sources;
mod table;
pub mod targets;
mod unknown;
pub mod user;
mod user_file;
pub mod usernames;
mod values;

pub use fault::FileFault;
pub use mapping::Mapping;
pub use user_file::{Entry, Format, Options, Outcome, UserFile};

use std::ops::ControlFlow;

/// Takes the number of the first line of each record, its text, and its draft or why it cannot be read.
type Each<'e> = dyn FnMut(u64, &str, Result<user::Draft<'_>, String>) -> ControlFlow<()> + 'e;

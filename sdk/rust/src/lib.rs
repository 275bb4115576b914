#![doc = include_str!("../README.md")]

/// The operations, by their tags. Generated.
#[allow(clippy::all, clippy::pedantic, unused_imports, unused_variables, dead_code)]
pub mod apis;
/// What operations take and answer. Generated.
#[allow(clippy::all, clippy::pedantic, unused_imports)]
pub mod models;

pub mod links;

//! The shape of the repository: imports go down only, between crates and within each of them, and every dependency is
//! checked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crates;
mod dependencies;
mod imports;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

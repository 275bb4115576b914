//! The shape of the source: imports go down only, between crates and within each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crates;
mod imports;

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

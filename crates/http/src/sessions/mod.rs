//! Sessions: one file for each operation.

pub mod list;
pub mod revoke;
pub mod revoke_all;

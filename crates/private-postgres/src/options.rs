//! How to run a private Postgres.

use std::path::PathBuf;

/// Whether a commit must survive a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It must.
    Durable,
    /// It need not. For tests: several times faster.
    Throwaway,
}

/// How to run a private Postgres.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory. It is created if it does not exist.
    pub data_dir: PathBuf,
    /// Whether a commit must survive a crash of the machine.
    pub durability: Durability,
    /// The maximum number of connections, those of administrative commands included.
    pub max_connections: u32,
}

//! Password hashing: a fair queue in front of a few threads, our own bcrypt hashes, and hashes imported from other systems.

mod fair_queue;
mod hasher;
pub mod imported_hashes;
mod memory_budget;
mod pool;
mod requester;

pub use hasher::{Hasher, HasherConfig, PasswordCheck};
pub use pool::{HasherLoad, QueueFull};
pub use requester::Requester;

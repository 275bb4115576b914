//! Roles: what those of users allow now.

mod held;
mod lock;

pub(crate) use held::{HeldRole, held_role, rights};
pub(crate) use lock::{lock_held, lock_to_give};

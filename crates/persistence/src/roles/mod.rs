//! Roles: what those of users allow now, and one file for each query or write.

mod all;
mod create;
mod delete;
mod held;
mod list;
mod lock;
mod row;
mod target;
mod update;

pub use create::NewRole;
pub use update::{RoleChanges, UpdatedRole};

pub(crate) use all::all_roles;
pub(crate) use held::{HeldRole, held_role, rights};
pub(crate) use lock::{lock_held, lock_to_give, lock_to_write};

//! The audit trail: all of it, and that of one user.

pub mod event;
pub mod list;
pub mod of_user;
mod parts;

pub use parts::{OfAnyone, OfOne};

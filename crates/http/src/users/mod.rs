//! Users: one file for each operation.

pub mod change_password;
pub mod create;
pub mod delete;
pub mod export;
pub mod get;
pub mod lift_throttle;
pub mod list;
pub mod proof;
pub mod reactivate;
pub mod send_password_reset;
pub mod suspend;
pub mod update;

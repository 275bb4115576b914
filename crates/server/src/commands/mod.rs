//! One file for each command.

pub mod check;
pub mod database_url;
pub mod events;
pub mod first_admin;
pub mod health;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod role;
pub mod serve;
pub mod user;

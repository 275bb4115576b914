//! Forgotten passwords: a link is mailed, and whoever has it chooses a new one.

pub mod confirm;
pub mod request;

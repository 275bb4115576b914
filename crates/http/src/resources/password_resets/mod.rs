//! Forgotten passwords: a link is mailed, by which the user chooses a new one.

pub mod confirm;
pub mod request;

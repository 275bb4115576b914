//! The audit trail: what is recorded, and who reads it.

mod list;
mod record;

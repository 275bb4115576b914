//! The policy against the contract: decisions one by one, and what sequences of allowed actions can reach.

mod callers;
mod decisions;
mod escalation;
mod oracle;
mod properties;
mod targets;

//! Postgres, through diesel-async. The only crate that knows SQL; it knows nothing of HTTP, passwords or tokens.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![expect(clippy::ref_option_ref, reason = "what diesel derives for a row that is inserted")]

mod access;
mod address_keys;
mod audit;
mod cached_statement;
mod connection;
mod connection_string;
mod database;
mod error;
mod export;
mod lookup;
mod mail;
mod migrate;
mod pages;
mod pool;
mod refresh_tokens;
mod row;
mod schema;
mod sessions;
mod signing_keys;
mod sqlstate;
mod throttles;
mod tidy;
mod users;
mod write;

pub use address_keys::SharedMailbox;
pub use connection_string::{unencrypted_host, whereabouts};
pub use database::{Database, PoolLoad};
pub use error::Error;
pub use export::{Account, Export, KeptLink, KeptMail, Part};
pub use lookup::{Credential, Lookup, LookupLoad, LookupResult, TargetIds};
pub use mail::{Backlog, Claimed, Outgoing};
pub use migrate::{Schema, compare_schema, migrate};
pub use refresh_tokens::{Digest, KEPT_EVERY, RefreshSession, Refreshed};
pub use sessions::{Lifetimes, SignIn, SignInRules};
pub use signing_keys::{StoredKey, StoredKeys};
pub use throttles::{Counter, Proven, SignInCounters};
pub use tidy::Retention;
pub use users::{Candidate, Changes, Conflict, Credentials, Identifier, Import, NewUser, Placing, UserRecord};
pub use write::{Condition, RequestMetadata, WriteRequest};

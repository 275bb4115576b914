//! Postgres, through diesel-async. The only crate that knows SQL; it knows nothing of HTTP, passwords or tokens.
//!
//! The modules are layers, and imports point down:
//!
//! ```text
//! cleanup   export   events   users   sessions   api_keys   factors   one file per query or write
//!     rate_limits   refresh_tokens   signing_keys   mail   jobs
//!             audit   statistics   write   pages   what every query family uses
//!                 database   listen          transactions, snapshots, retries, notifications
//!     lookup   pool   row                    shared lookups, connections
//!                connection
//! export_slots   notify_limit   key_uses   known_feed     what clones of a database share
//! error   schema   digest   write_request   session_lifetimes   operator_rules     values
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]
#![expect(clippy::ref_option_ref, reason = "what diesel derives for a row that is inserted")]

mod access;
mod address_keys;
mod api_keys;
mod audit;
mod cached_statement;
mod cleanup;
mod connection;
mod connection_string;
mod database;
mod digest;
mod error;
mod events;
mod export;
mod export_slots;
mod factors;
mod jobs;
mod key_uses;
mod known_feed;
mod listen;
mod lookup;
mod mail;
mod mfa_tokens;
mod migrate;
mod notify_limit;
mod operator_rules;
mod pages;
mod pool;
mod rate_limits;
mod refresh_tokens;
mod roles;
mod row;
mod schema;
mod session_lifetimes;
mod sessions;
mod signing_keys;
mod sqlstate;
mod statistics;
mod users;
mod withdraw_api_keys;
mod write;
mod write_request;

pub use address_keys::SharedMailbox;
pub use api_keys::NewApiKey;
pub use cleanup::Retention;
pub use connection_string::{redacted_url, unencrypted_host};
pub use database::{Database, PoolLoad};
pub use digest::Digest;
pub use error::Error;
pub use events::{EventBacklog, FeedQuery};
pub use export::{Account, Export, ExportList, ExportReader, ExportedLink, ExportedMail, ExportedRow, Part};
pub use factors::{
    Ceremony, ConfirmedFactor, Enrolment, ExportedFactor, NewPasskey, NewTotp, PasskeyEnrolled, PasskeyProof,
    PasskeyVerdict, PasskeysOfUser, Proof, SealedSecret, StoredTotp, TotpVerdict, VerifiedPasskey, VerifyPasskey,
    VerifyTotp,
};
pub use jobs::ClaimedJob;
pub use lookup::{
    Credential, Lookup, LookupLoad, LookupResult, NoRow, PresentedKey, ReadContext, TargetIds, TargetRow,
};
pub use mail::{Backlog, MAIL_JOB, OutgoingMail, PreparedMail};
pub use mfa_tokens::DigestParts;
pub use migrate::{Schema, compare_schema, compare_schema_of_primary, migrate};
pub use operator_rules::OperatorRules;
pub use rate_limits::{Counter, PasswordCheckCounter, ProofCounters, SignInCounters, VerifiedOwner};
pub use refresh_tokens::{KEPT_TOKEN_INTERVAL, RefreshOutcome, RefreshSession, RefreshedSession};
pub use roles::{NewRole, RoleChanges, UpdatedRole};
pub use session_lifetimes::SessionLifetimes;
pub use sessions::{
    FirstStep, PasskeySignIn, PasskeySignInOutcome, SecondStep, SecondStepOutcome, SignIn, SignInRules, StepUp,
    StepUpOutcome,
};
pub use signing_keys::{StoredKey, StoredKeys};
pub use users::{
    Candidate, Changes, Conflict, Credentials, Identifier, Import, ImportedTotp, NewUser, Placing, UserRecord,
};
pub use write_request::{Precondition, RequestMetadata, WriteRequest};

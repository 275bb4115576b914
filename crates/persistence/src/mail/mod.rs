//! Mail: queued in the transaction of what it tells of, sent from there, and what the links in it are good for.
//!
//! A row of the outbox holds no token. It is made when the mail is sent, and only its digest is kept: nothing that rests in
//! the database opens an account. A mail that is tried again brings a token of its own; whichever of them is used first
//! spends the others.

mod dispatch;
mod queue;
mod tokens;
mod withdraw;

pub(crate) use dispatch::cleanup;
pub use dispatch::{Backlog, Claimed, Outgoing};
pub(crate) use queue::Mail;
pub(crate) use withdraw::{pending_email_withdrawn, withdraw_links, withdraw_pending_email};

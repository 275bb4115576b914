//! Mails: queued in the transaction of the change that causes them, sent by a job, and the tokens of the links in them.
//!
//! A row of `outbox` is a mail that is waiting to be sent, or that was sent and still counts against the quota of its
//! address. It contains no token. The token is generated when the mail is sent, and only its digest is stored, so nothing
//! in the database can be used to open an account. A mail that is tried again has a new token; the first of them that is
//! used invalidates the others.
//!
//! A link gives access to what its account may do. Row and token record what that was when the mail was requested ([`rights`]).
//! The link is refused once the account may do more, because the reader of the mail was trusted with less.

mod adopt;
mod cleanup;
mod outbox;
mod password_reset;
mod prepare;
mod queue;
mod quota;
mod rights;
mod tokens;
mod verification;
mod withdraw;

pub(crate) use cleanup::cleanup;
pub use outbox::Backlog;
pub use prepare::{OutgoingMail, PreparedMail};
pub(crate) use queue::Mail;
pub(crate) use withdraw::{pending_email_withdrawn, withdraw_links, withdraw_pending_email};

use chrono::{DateTime, Utc};

/// The kind of the jobs that send mails.
pub const MAIL_JOB: &str = "mail";

/// The `due_at` of a mail that a job will send, 9999-12-31. Replicas of the previous release send mails that are due, so
/// they do not send it.
const BY_JOB: DateTime<Utc> = match DateTime::from_timestamp(253_402_214_400, 0) {
    Some(time) => time,
    None => DateTime::<Utc>::MAX_UTC,
};

//! Mail: its texts, and its way out of the database.
//!
//! What holds in this crate:
//!
//! - **No request waits for it.** Whoever changes something puts a mail into the outbox in the same transaction; a task of
//!   this crate sends it afterwards, and tries again when it fails.
//! - **Each mail is sent at least once.** A sender that dies leaves its mail to another, on this replica or the next. A
//!   second copy has the same `Message-ID`.
//! - **No text of a user's is in it**, neither in a header nor in the body: only the address, the operator's own URLs, and
//!   the token.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hello;
mod letter;
mod sender;
mod transport;

pub use hello::hello_name;
pub use letter::{Author, Links};
pub use sender::Mailer;
pub use transport::Transport;

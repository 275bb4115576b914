//! Mail: its templates, and its delivery.
//!
//! - **No request waits for a mail.** A change and its mail are written in one transaction. A background job delivers the
//!   mail and tries again if that fails.
//! - **Each mail is delivered at least once.** If a process dies while it delivers a mail, another one delivers it again. A
//!   second copy has the same `Message-ID`.
//! - **A mail contains no text of a user**, neither in a header nor in the body: only the address, the operator's URLs and the
//!   token.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hello;
mod job;
mod links;
mod message;
mod sender;
mod templates;
mod transport;

pub use hello::hello_name;
pub use job::SendMail;
pub use links::Links;
pub use sender::Sender;
pub use transport::Transport;

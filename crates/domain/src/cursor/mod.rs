//! Cursors: the position in a list from which the next or the previous page is read.
//!
//! A cursor names the item next to its page by the sort key. So a page is found as fast at the end of the list as at the
//! beginning, and items that others create or delete do not move it. Clients treat it as opaque, but it is not secret and
//! not signed: a made-up cursor reads a page that the client could request anyway. It ends with a checksum, so that a
//! damaged cursor is refused instead of being read as another position.

mod bytes;
mod id;
mod role;
mod user;

#[cfg(any(test, fuzzing))]
pub(crate) use bytes::seal;
pub use id::IdCursor;
pub use role::RoleCursor;
pub use user::{UserCursor, UserKey};

/// A position between two pages. It belongs to one list, with its order and filter.
pub trait Cursor: Sized {
    /// The cursor as clients see it: letters, digits, `-` and `_`.
    fn encode(&self) -> String;
    /// Reads the result of [`encode`](Self::encode); `None` for any other text.
    fn decode(text: &str) -> Option<Self>;
    fn direction(&self) -> Direction;
    /// How many items were before it when the cursor was made.
    fn position(&self) -> i64;
}

/// On which side of its item the page of a cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The page begins after the item.
    Forward,
    /// The page ends before the item.
    Backward,
}

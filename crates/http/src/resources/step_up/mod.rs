//! Proving again, in a session, who one is: what *fresh* operations require.

pub mod options;
pub mod prove;

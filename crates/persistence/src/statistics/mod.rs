//! Statistics: what happens on each day is counted in the transaction in which it happens, and read from the sums.

mod close;
mod count;
mod read;

pub(crate) use close::close_days;
pub(crate) use count::{with_activity, with_count};

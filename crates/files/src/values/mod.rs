//! What a text means: as spreadsheets, databases and programming languages write flags, times, and nothing.

mod absent;
mod flag;
mod time;

pub use absent::is_absent;
pub use flag::flag;
pub use time::{instant, past, time, time_of_number};

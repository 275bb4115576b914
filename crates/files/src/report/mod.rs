//! What an import reports: the faults of records, and the records that were refused.

mod faults;
mod quoted;
mod reasons;
mod rejected;

pub use faults::Faults;
pub use quoted::{escaped, quoted};
pub use reasons::Reasons;
pub use rejected::{REASON, RejectedFormat, RejectedWriter};

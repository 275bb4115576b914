//! Times in representations.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use usher_domain::clock;

/// A time in a representation. Serde writes a `DateTime` with as many fractional digits as it needs; clients that
/// parse by a pattern expect a fixed number.
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&clock::format_time(self.0))
    }
}

//! Times as they are sent.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use usher_domain::clock;

/// A time in a representation. Serde writes a bare `DateTime` with as many fractional digits as it happens to need; clients
/// that parse by a pattern want always the same number of them.
pub struct Time(pub DateTime<Utc>);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&clock::format_time(self.0))
    }
}

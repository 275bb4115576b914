//! API keys. A key is valid until it expires, its owner or another user with the permission revokes it, or its owner's password
//! changes. While its owner is suspended it is refused.

mod cleanup;
mod create;
mod export;
mod last_use;
mod list;
mod revoke;
mod row;
mod target;

pub(crate) use cleanup::cleanup;
pub use create::NewApiKey;

use chrono::TimeDelta;
use row::ApiKeyRow;

/// How long a key is listed after it has expired.
const LISTED_AFTER_EXPIRY: TimeDelta = TimeDelta::days(30);

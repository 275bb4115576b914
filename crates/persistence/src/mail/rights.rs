//! What the account of a mailed link was allowed when the mail was requested. It is stored as names of permissions, or as
//! `admin` for everything; null is nothing.

use crate::roles;
use usher_domain::{Rights, RoleName};

/// Selects the rights of the user with an id, which follows.
pub(super) const RIGHTS_OF_USER: &str = "(SELECT CASE users.role WHEN 'admin' THEN '{admin}' ELSE roles.permissions END \
     FROM users LEFT JOIN roles ON roles.name = users.role WHERE users.id = ";

/// Rights as they are stored.
pub(super) fn read(stored: Option<&[String]>) -> Rights {
    let names = stored.unwrap_or_default();
    if names.iter().any(|name| name == RoleName::ADMIN.as_str()) { Rights::ADMIN } else { roles::rights(names, false) }
}

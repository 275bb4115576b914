//! What several sources do alike.

use crate::user::{Draft, Field};
use serde_json::Value;
use uuid::Uuid;

/// Sets the id that the other system has for the user: as `id` if it is a UUID, as `external_id` if not.
pub fn id(user: &mut Draft<'_>, id: Option<&str>) {
    if let Some(id) = id {
        let field = if Uuid::try_parse(id).is_ok() { Field::Id } else { Field::ExternalId };
        user.set(field, id.to_owned());
    }
}

/// The same for an id of JSON, which may be a number.
pub fn json_id(user: &mut Draft<'_>, value: Option<&Value>) {
    match value {
        Some(Value::String(text)) => id(user, Some(text)),
        Some(Value::Number(number)) => user.set(Field::ExternalId, number.to_string()),
        _ => {}
    }
}

/// Sets the username and the address. Where people sign in with their address, it is also their username, which is none here.
pub fn names<'a>(user: &mut Draft<'a>, username: Option<&'a str>, email: Option<&'a str>) {
    let is_address = username.zip(email).is_some_and(|(username, email)| username.eq_ignore_ascii_case(email));
    user.set(Field::Email, email);
    user.set(Field::Username, username.filter(|_| !is_address));
}

/// Suspends the user.
pub fn suspended_if(user: &mut Draft<'_>, is_suspended: bool) {
    if is_suspended {
        user.set(Field::Status, "suspended");
    }
}

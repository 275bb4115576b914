//! Files of the service itself, and any others whose columns are named as the fields.

use super::{DocumentSource, Names, Row, Settings, TableSource, normalized};
use crate::{
    formula::unescaped,
    user::{Draft, Field},
};
use serde_json::{Map, Value};

/// The columns and keys are the fields.
pub struct Usher;

const NAMES: Names = Names {
    read: &[
        "id",
        "external_id",
        "username",
        "user_name",
        "email",
        "e_mail",
        "email_verified",
        "pending_email",
        "role",
        "status",
        "created_at",
        "updated_at",
        "last_login_at",
        "password_hash",
        "totp_secret",
    ],
    ignored: &[],
};

impl TableSource for Usher {
    /// It is what is assumed of a table that no other source recognizes.
    fn recognizes(&self, _first_row: &[&str]) -> bool {
        false
    }

    fn columns(&self) -> Names {
        NAMES
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>) {
        for (column, text) in row.iter() {
            if let Some(field) = Field::of_normalized(column) {
                user.set_mapped(field, unescaped(text).into(), settings);
            }
        }
    }
}

impl DocumentSource for Usher {
    fn recognizes(&self, _keys: &[&str]) -> bool {
        false
    }

    fn keys(&self) -> Names {
        NAMES
    }

    fn knows(&self, key: &str) -> bool {
        NAMES.has(key) || NAMES.has(&normalized(key))
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        for (key, value) in object {
            if let Some(field) = Field::from_name(key).or_else(|| Field::of_normalized(&normalized(key))) {
                user.set_mapped(field, value.into(), settings);
            }
        }
    }
}

//! Django: `manage.py dumpdata auth.user`, or a custom user model, whose other names of fields the settings have.

use super::{DocumentSource, Names, Settings, fill, json};
use crate::user::{Draft, Field};
use serde_json::{Map, Value};

pub struct Django;

impl DocumentSource for Django {
    fn recognizes(&self, keys: &[&str]) -> bool {
        ["model", "pk", "fields"].iter().all(|key| keys.contains(key))
    }

    fn keys(&self) -> Names {
        Names { read: &["model", "pk", "fields"], ignored: &[] }
    }

    fn inner(&self) -> Option<&'static str> {
        Some("fields")
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        let Some(fields) = object.get("fields").filter(|fields| is_user(fields)) else {
            return user.skip("records of other models");
        };
        fill::json_id(user, object.get("pk"));
        user.set(Field::Username, fields.get("username"));
        user.set(Field::Email, json::text(fields.get("email")));
        user.set(Field::CreatedAt, fields.get("date_joined"));
        user.set(Field::LastLoginAt, fields.get("last_login"));
        fill::suspended_if(user, fields.get("is_active") == Some(&Value::Bool(false)));
        // Django writes `!` and random characters for a password that cannot be used.
        user.set(Field::PasswordHash, json::text(fields.get("password")).filter(|hash| !hash.starts_with('!')));
        user.set(Field::Role, settings.role(roles(fields)));
    }
}

/// Whether these are the fields of a user. Each model of users has those of Django's `AbstractBaseUser`, one of which may have
/// been mapped to a field already.
fn is_user(fields: &Value) -> bool {
    ["password", "last_login"].iter().any(|key| fields.get(key).is_some())
}

/// The flags by which Django knows administrators, and the groups, the most powerful first. A natural key is an array.
fn roles(fields: &Value) -> impl Iterator<Item = &str> {
    let flag = |key, name| fields.get(key).filter(|flag| **flag == Value::Bool(true)).map(|_| name);
    let flags = [flag("is_superuser", "superuser"), flag("is_staff", "staff")];
    let groups = json::items(fields.get("groups"));
    let names = groups.filter_map(|group| group.as_str().or_else(|| group.get(0)?.as_str()));
    flags.into_iter().flatten().chain(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::document;

    #[test]
    fn a_dump_is_read() {
        assert_eq!(
            document(&Django, include_str!("samples/django.json")),
            [
                "skipped: records of other models",
                "external_id=1 username=ada email=ada@example.com role=admin created_at=2025-08-25T09:10:00Z last_login_at=2026-02-03T06:59:58.120Z password_hash=pbkdf2_s…",
                "external_id=2 username=bob email=bob@example.com status=suspended created_at=2025-08-25T09:10:00Z password_hash=pbkdf2_s…",
                "external_id=3 username=cleo email=cleo@example.com created_at=2025-08-25T09:10:00Z last_login_at=2026-02-03T06:59:58.120Z",
                "external_id=4 username=dora email=dora@example.com role=helper created_at=2025-08-25T09:10:00Z last_login_at=2026-02-03T06:59:58.120Z password_hash=pbkdf2_s…",
            ]
        );
    }
}

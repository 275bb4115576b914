//! Firebase Authentication: `firebase auth:export` as JSON, or as CSV, which has no header.
//!
//! Its scrypt uses a key of the project, which is not in the file: the settings have it.

use super::{DocumentSource, Names, Row, Settings, TableSource, fill, json};
use crate::user::{Draft, Field};
use serde_json::{Map, Value};
use usher_auth::imported_hashes;

pub struct Firebase;

/// The columns that it documents for its CSV.
const COLUMNS: [&str; 28] = [
    "uid",
    "email",
    "email_verified",
    "password_hash",
    "password_salt",
    "name",
    "photo_url",
    "google_id",
    "google_email",
    "google_display_name",
    "google_photo_url",
    "facebook_id",
    "facebook_email",
    "facebook_display_name",
    "facebook_photo_url",
    "twitter_id",
    "twitter_email",
    "twitter_display_name",
    "twitter_photo_url",
    "github_id",
    "github_email",
    "github_display_name",
    "github_photo_url",
    "user_creation_time",
    "last_sign_in_time",
    "phone_number",
    "disabled",
    "custom_attributes",
];
/// The position of the time of creation.
const CREATED: usize = 23;

impl TableSource for Firebase {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        let is_time = |text: &str| text.len() >= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        first_row.len() > CREATED && matches!(first_row[2], "true" | "false") && is_time(first_row[CREATED])
    }

    fn columns_without_header(&self) -> Option<&'static [&'static str]> {
        Some(&COLUMNS)
    }

    fn columns(&self) -> Names {
        Names { read: &COLUMNS, ignored: &[] }
    }

    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>) {
        user.set(Field::ExternalId, row.get("uid"));
        user.set(Field::Email, row.get("email"));
        user.set(Field::EmailVerified, row.get("email_verified"));
        user.set(Field::CreatedAt, row.get("user_creation_time"));
        user.set(Field::LastLoginAt, row.get("last_sign_in_time"));
        fill::suspended_if(user, row.get("disabled") == Some("true"));
        claims(row.get("custom_attributes"), settings, user);
        password(row.get("password_hash"), row.get("password_salt"), settings, user);
        if ["google_id", "facebook_id", "twitter_id", "github_id"].iter().any(|column| row.get(column).is_some()) {
            user.leave_behind(IDENTITIES);
        }
    }
}

impl DocumentSource for Firebase {
    fn recognizes(&self, keys: &[&str]) -> bool {
        keys.contains(&"localId")
    }

    fn keys(&self) -> Names {
        Names {
            read: &[
                "localId",
                "email",
                "emailVerified",
                "passwordHash",
                "salt",
                "createdAt",
                "lastSignedInAt",
                "lastLoginAt",
                "disabled",
                "customAttributes",
                "providerUserInfo",
            ],
            ignored: &["displayName", "passwordUpdatedAt", "phoneNumber", "photoUrl", "validSince", "version"],
        }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        user.set(Field::ExternalId, object.get("localId"));
        user.set(Field::Email, object.get("email"));
        user.set(Field::EmailVerified, object.get("emailVerified"));
        user.set(Field::CreatedAt, object.get("createdAt"));
        user.set(Field::LastLoginAt, json::first(object, &["lastSignedInAt", "lastLoginAt"]));
        fill::suspended_if(user, object.get("disabled") == Some(&Value::Bool(true)));
        claims(json::text(object.get("customAttributes")), settings, user);
        password(json::text(object.get("passwordHash")), json::text(object.get("salt")), settings, user);
        let is_other = |provider: &Value| json::text(provider.get("providerId")).is_some_and(|id| id != "password");
        if json::items(object.get("providerUserInfo")).any(is_other) {
            user.leave_behind(IDENTITIES);
        }
    }
}

const IDENTITIES: &str = "federated identities";

/// Custom claims, as JSON: the members `role` and `roles`, and the names of those that are true.
fn claims<'a>(claims: Option<&str>, settings: &'a Settings, user: &mut Draft<'a>) {
    let Some(claims) = claims.and_then(|claims| serde_json::from_str::<Value>(claims).ok()) else { return };
    let named = json::roles(Some(&claims));
    let members = claims.as_object().into_iter().flatten();
    let flags = members.filter(|(_, value)| **value == Value::Bool(true)).map(|(name, _)| name.as_str());
    user.set(Field::Role, settings.role(named.chain(flags)));
}

fn password(hash: Option<&str>, salt: Option<&str>, settings: &Settings, user: &mut Draft<'_>) {
    let Some(hash) = hash else { return };
    let Some(parameters) = &settings.firebase else {
        return user.refuse(Field::PasswordHash, "needs the parameters of the project (--firebase-hash-config)");
    };
    match imported_hashes::firebase(parameters, hash, salt.unwrap_or_default()) {
        Ok(hash) => user.set(Field::PasswordHash, hash),
        Err(fault) => user.refuse(Field::PasswordHash, &fault.detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::{document, table};

    #[test]
    fn an_export_is_read_as_json_and_as_csv() {
        let users = [
            "external_id=vH3kQ9xT2mZ8rP5wL1nB7cY4dF6g email=ada@example.com email_verified=true role=helper created_at=1756113000000 last_login_at=1764753000000 password_hash=$firebas…",
            "external_id=aK7sJ2dN5vG9hX1qW4eR8tU3yI6o email=bob@example.com email_verified=false status=suspended created_at=1756113060000 password_hash=$firebas…",
            "external_id=pL8oK5iJ1uH4yG7tF2rD9eS3wA6q email=cleo@example.com email_verified=true created_at=1756113120000 without federated identities",
        ];
        assert_eq!(document(&Firebase, include_str!("samples/firebase.json")), users);
        assert_eq!(table(&Firebase, include_str!("samples/firebase.csv"), b','), users);
    }
}

//! Auth0: an export of users, the export of password hashes that its support gives out, or a file for its bulk import.
//!
//! An export may have the titles of the extension *User Import / Export* (`Email Verified`) as keys.

use super::{DocumentSource, Names, Settings, fill, json};
use crate::user::{Draft, Field};
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What Auth0 puts in front of the ids of its own databases.
const STRATEGY: &str = "auth0|";
const MALFORMED: &str = "is no custom_password_hash of Auth0's schema";

pub struct Auth0;

impl DocumentSource for Auth0 {
    fn recognizes(&self, keys: &[&str]) -> bool {
        let has = |all: &[&str]| all.iter().all(|key| keys.contains(key));
        has(&["custom_password_hash"])
            || has(&["_id", "passwordHash"])
            || has(&["user_id", "email", "email_verified"])
            || has(&["Id", "Email", "Email Verified"])
    }

    fn keys(&self) -> Names {
        Names {
            read: &[
                "Blocked",
                "Created At",
                "Email",
                "Email Verified",
                "Id",
                "Last Login",
                "Updated At",
                "Username",
                "_id",
                "alt_id",
                "app_metadata",
                "blocked",
                "created_at",
                "custom_password_hash",
                "email",
                "email_verified",
                "identifiers",
                "last_login",
                "mfa_factors",
                "passwordHash",
                "password_hash",
                "updated_at",
                "user_id",
                "username",
            ],
            ignored: &[
                "Connection",
                "Family Name",
                "Given Name",
                "Logins Count",
                "Name",
                "Nickname",
                "Phone Number",
                "Picture",
                "_tmp_is_unique",
                "connection",
                "family_name",
                "given_name",
                "identities",
                "last_ip",
                "last_password_reset",
                "logins_count",
                "multifactor",
                "name",
                "nickname",
                "password_set_date",
                "phone_number",
                "phone_verified",
                "picture",
                "tenant",
                "user_metadata",
            ],
        }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        id(object, user);
        let username = json::text(json::first(object, &["username", "Username"]));
        let email = json::text(json::first(object, &["email", "Email"]));
        let value = |kind| json::text(identifier(object, kind)?.get("value"));
        fill::names(user, username.or_else(|| value("username")), email.or_else(|| value("email")));
        let is_verified = json::first(object, &["email_verified", "Email Verified"]);
        user.set(Field::EmailVerified, is_verified.or_else(|| identifier(object, "email")?.get("verified")));
        fill::suspended_if(user, json::first(object, &["blocked", "Blocked"]) == Some(&Value::Bool(true)));
        user.set(Field::CreatedAt, json::first(object, &["created_at", "Created At"]));
        user.set(Field::UpdatedAt, json::first(object, &["updated_at", "Updated At"]));
        user.set(Field::LastLoginAt, json::first(object, &["last_login", "Last Login"]));
        user.set(Field::Role, settings.role(json::roles(object.get("app_metadata"))));
        password(object, user);
        for factor in json::items(object.get("mfa_factors")) {
            match factor.get("totp") {
                Some(app) => user.set(Field::TotpSecret, app.get("secret")),
                None => user.leave_behind("second factors by phone or mail"),
            }
        }
    }
}

/// Sets the id that Auth0 has for the user. A file for the import has ids without a strategy, which Auth0 puts in front: these
/// are not what anything refers to.
fn id(object: &Map<String, Value>, user: &mut Draft<'_>) {
    let id = json::text(json::first(object, &["user_id", "Id"]));
    let own = || json::text(object.get("alt_id")).or_else(|| json::text(object.get("_id")?.get("$oid")));
    if let Some(id) = id {
        fill::id(user, Some(id).filter(|id| id.contains('|') || Uuid::try_parse(id).is_ok()));
    } else if let Some(own) = own() {
        user.set(Field::ExternalId, format!("{STRATEGY}{own}"));
    }
}

/// What the user signs in with, in an export of password hashes.
fn identifier<'a>(object: &'a Map<String, Value>, kind: &str) -> Option<&'a Value> {
    json::items(object.get("identifiers")).find(|identifier| json::text(identifier.get("type")) == Some(kind))
}

fn password<'a>(object: &'a Map<String, Value>, user: &mut Draft<'a>) {
    if let Some(hash) = json::first(object, &["passwordHash", "password_hash"]) {
        user.set(Field::PasswordHash, hash);
    } else if let Some(custom) = json::first(object, &["custom_password_hash"]) {
        match custom_hash(custom) {
            Ok(hash) => user.set(Field::PasswordHash, hash),
            Err(fault) => user.refuse(Field::PasswordHash, fault),
        }
    }
}

fn custom_hash(custom: &Value) -> Result<String, &'static str> {
    let hash = custom.get("hash").ok_or(MALFORMED)?;
    match json::text(custom.get("algorithm")).ok_or(MALFORMED)? {
        // Texts that name their parameters.
        "argon2" | "bcrypt" | "ldap" | "pbkdf2" => Ok(json::text(hash.get("value")).ok_or(MALFORMED)?.to_owned()),
        "scrypt" => scrypt(custom, hash).ok_or(MALFORMED),
        _ => Err("is of an algorithm that cannot be verified here; leave it out, and the user resets the password"),
    }
}

/// The PHC string of a scrypt hash.
fn scrypt(custom: &Value, hash: &Value) -> Option<String> {
    let number = |key, default| custom.get(key).map_or(Some(default), Value::as_u64);
    let (cost, r, p) = (number("cost", 16384)?, number("blockSize", 8)?, number("parallelization", 1)?);
    let ln = cost.is_power_of_two().then(|| cost.ilog2())?;
    let encoded = |object| bytes(object).map(|bytes| BASE64_NOPAD.encode(&bytes));
    Some(format!("$scrypt$ln={ln},r={r},p={p}${}${}", encoded(custom.get("salt")?)?, encoded(hash)?))
}

/// The bytes of a value in the encoding that is named beside it.
fn bytes(object: &Value) -> Option<Vec<u8>> {
    let value = json::text(object.get("value"))?;
    match json::text(object.get("encoding")) {
        Some("hex") => HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok(),
        Some("utf8") => Some(value.as_bytes().to_owned()),
        Some("base64") | None => {
            BASE64.decode(value.as_bytes()).or_else(|_| BASE64_NOPAD.decode(value.as_bytes())).ok()
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::document;

    #[test]
    fn a_file_for_the_import_is_read() {
        assert_eq!(
            document(&Auth0, include_str!("samples/auth0-import.json")),
            [
                "username=ada email=ada@example.com email_verified=true role=helper password_hash=$2b$05$l… totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP without second factors by phone or mail",
                "username=bob email=bob@example.com email_verified=false status=suspended password_hash=$2a$05$v…",
                "username=cleo email=cleo@example.com email_verified=true password_hash=$scrypt$…",
                "username=dora email=dora@example.com email_verified=true password_hash=$pbkdf2-…",
                "username=emil email=emil@example.com email_verified=true but password_hash is of an algorithm that cannot be verified here; leave it out, and the user resets the password",
            ]
        );
    }

    #[test]
    fn an_export_with_titles_for_keys_is_read() {
        assert_eq!(
            document(&Auth0, include_str!("samples/auth0-export.ndjson")),
            [
                "external_id=auth0|5f7c8ec7c33c6c004bbafe82 username=ada email=ada@example.com email_verified=true created_at=2025-08-25T09:10:00.000Z updated_at=2026-02-03T07:00:00.000Z last_login_at=2026-02-03T06:59:58.120Z",
                "external_id=google-oauth2|110248495921238986420 email=bob@example.com email_verified=true status=suspended created_at=2025-08-26T09:10:00.000Z",
            ]
        );
    }

    #[test]
    fn an_export_of_password_hashes_is_read() {
        assert_eq!(
            document(&Auth0, include_str!("samples/auth0-hashes.ndjson")),
            [
                "external_id=auth0|5f7c8ec7c33c6c004bbafe82 username=ada email=ada@example.com email_verified=true password_hash=$2b$05$N…",
                "external_id=auth0|1002 username=bob email=bob@example.com email_verified=false password_hash=$2b$05$U…",
            ]
        );
    }
}

//! Keycloak: a realm export (`kc.sh export`), its files of users, or the users of its admin API.
//!
//! A required action of a new password is kept as what it means here: no password until it is reset.

use super::{DocumentSource, Names, Settings, fill, json};
use crate::user::{Draft, Field};
use data_encoding::BASE32_NOPAD;
use serde_json::{Map, Value, json};
use usher_auth::imported_hashes;
use usher_domain::Fault;

pub struct Keycloak;

impl DocumentSource for Keycloak {
    fn recognizes(&self, keys: &[&str]) -> bool {
        keys.contains(&"realm") || (keys.contains(&"createdTimestamp") && keys.contains(&"username"))
    }

    fn members(&self) -> &'static [&'static str] {
        &["users"]
    }

    fn keys(&self) -> Names {
        Names {
            read: &[
                "id",
                "username",
                "email",
                "emailVerified",
                "enabled",
                "createdTimestamp",
                "credentials",
                "realmRoles",
                "requiredActions",
                "federatedIdentities",
                "federationLink",
                "serviceAccountClientId",
            ],
            ignored: &[
                "access",
                "applicationRoles",
                "attributes",
                "clientConsents",
                "clientRoles",
                "disableableCredentialTypes",
                "firstName",
                "groups",
                "lastName",
                "notBefore",
                "origin",
                "self",
                "socialLinks",
                "totp",
                "userProfileMetadata",
            ],
        }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        if json::text(object.get("serviceAccountClientId")).is_some() {
            return user.skip("service accounts of clients");
        }
        fill::json_id(user, object.get("id"));
        fill::names(user, json::text(object.get("username")), json::text(object.get("email")));
        user.set(Field::EmailVerified, object.get("emailVerified"));
        user.set(Field::CreatedAt, object.get("createdTimestamp"));
        fill::suspended_if(user, object.get("enabled") == Some(&Value::Bool(false)));
        user.set(Field::Role, settings.role(json::texts(object.get("realmRoles"))));
        if object.get("federationLink").is_some_and(|link| !link.is_null()) {
            user.leave_behind("passwords of a user federation");
        }
        if json::items(object.get("federatedIdentities")).next().is_some() {
            user.leave_behind("federated identities");
        }
        let must_change = json::texts(object.get("requiredActions")).any(|action| action == "UPDATE_PASSWORD");
        credentials(object.get("credentials"), must_change, user);
    }
}

/// Reads the credentials. They are in the order of the user's preference: the first of a kind counts.
fn credentials<'a>(credentials: Option<&'a Value>, must_change: bool, user: &mut Draft<'a>) {
    let (mut has_password, mut has_app) = (false, false);
    for credential in json::items(credentials) {
        match json::text(credential.get("type")) {
            Some("password") if must_change => user.leave_behind("passwords that had to be changed"),
            Some("password") if !has_password => {
                has_password = true;
                password(credential, user);
            }
            Some("otp" | "totp") if !has_app && is_time_based(credential) => {
                has_app = true;
                match app_uri(credential) {
                    Some(uri) => user.set(Field::TotpSecret, uri),
                    None => user.refuse(Field::TotpSecret, "is not a credential that Keycloak writes"),
                }
            }
            Some("otp" | "totp" | "hotp") => user.leave_behind("further authenticator apps"),
            Some("recovery-authn-codes") => user.leave_behind("recovery codes"),
            Some("webauthn" | "webauthn-passwordless") => user.leave_behind("passkeys"),
            Some("password-history") => {}
            _ => user.leave_behind("credentials of other kinds"),
        }
    }
}

fn password(credential: &Value, user: &mut Draft<'_>) {
    if json::text(credential.get("value")).is_some() {
        return user.refuse(Field::PasswordHash, "is a password in plain text; leave it out, and the user resets it");
    }
    let hash = match (credential.get("credentialData"), credential.get("secretData")) {
        (Some(data), Some(secret)) => imported_hashes::keycloak(data, secret),
        _ => old_password(credential),
    };
    match hash {
        Ok(hash) => user.set(Field::PasswordHash, hash),
        Err(fault) => user.refuse(Field::PasswordHash, &fault.detail),
    }
}

/// A password of Keycloak before version 8, which has all in one object.
fn old_password(credential: &Value) -> Result<String, Fault> {
    let data = json!({ "hashIterations": credential["hashIterations"], "algorithm": credential["algorithm"] });
    imported_hashes::keycloak(&data, &json!({ "value": credential["hashedSaltedValue"], "salt": credential["salt"] }))
}

/// The JSON in a text.
fn embedded(credential: &Value, key: &str) -> Option<Value> {
    serde_json::from_str(json::text(credential.get(key))?).ok()
}

fn is_time_based(credential: &Value) -> bool {
    let data = embedded(credential, "credentialData");
    data.is_none_or(|data| json::text(data.get("subType")).is_none_or(|kind| kind == "totp"))
}

/// The URI of an authenticator app. The secret is the bytes of a text, unless the credential names an encoding.
fn app_uri(credential: &Value) -> Option<String> {
    let (data, secret) = (embedded(credential, "credentialData")?, embedded(credential, "secretData")?);
    let secret = json::text(secret.get("value"))?;
    let secret = match json::text(data.get("secretEncoding")) {
        None => BASE32_NOPAD.encode(secret.as_bytes()),
        Some(encoding) if encoding.eq_ignore_ascii_case("BASE32") => secret.to_owned(),
        Some(_) => return None,
    };
    let algorithm = json::text(data.get("algorithm")).unwrap_or("HmacSHA1").trim_start_matches("Hmac");
    let number = |key: &str, default| data.get(key).map_or(Some(default), Value::as_u64);
    let (digits, period) = (number("digits", 6)?, number("period", 30)?);
    Some(format!("otpauth://totp/keycloak?secret={secret}&algorithm={algorithm}&digits={digits}&period={period}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::document;

    #[test]
    fn a_realm_export_is_read() {
        assert_eq!(
            document(&Keycloak, include_str!("samples/keycloak.json")),
            [
                "id=eb14451a-fae7-40ae-9a57-7c0fff1e2e35 username=ada email=ada@example.com email_verified=true role=helper created_at=1756113000000 password_hash=$pbkdf2-… totp_secret=otpauth://totp/keycloak?secret=OFMDG5SCG5XE2MTLJQ4XAURVORMTQ522&algorithm=SHA1&digits=6&period=30",
                "id=62517427-ac46-42a2-b749-cd55b7e799cc username=bob email=bob@example.com email_verified=true created_at=1756113060000 password_hash=$argon2i…",
                "id=4dd04e2c-a43f-4ba8-ae32-f4a49e88b755 username=cleo email=cleo@example.com email_verified=false status=suspended created_at=1756113120000 password_hash=$pbkdf2-…",
                "id=b297a1b9-8be8-4403-9293-d92e42dedced username=dora email=dora@example.com email_verified=true created_at=1756113180000 without federated identities",
                "id=3aae101d-6cc8-4979-b95b-6bc39e46f4c8 username=emil email=emil@example.com email_verified=true created_at=1756113240000 without passwords that had to be changed",
                "skipped: service accounts of clients",
            ]
        );
        assert_eq!(
            document(&Keycloak, include_str!("samples/keycloak-users-0.json")),
            [
                "id=62517427-ac46-42a2-b749-cd55b7e799cc username=bob email=bob@example.com email_verified=true created_at=1756113060000 password_hash=$argon2i…",
                "id=4dd04e2c-a43f-4ba8-ae32-f4a49e88b755 username=cleo email=cleo@example.com email_verified=false status=suspended created_at=1756113120000 password_hash=$pbkdf2-…",
            ]
        );
    }

    #[test]
    fn a_credential_of_an_old_keycloak_is_read() {
        assert_eq!(
            document(&Keycloak, include_str!("samples/keycloak-7.json")),
            [
                "id=0f0b7a4e-3d0e-4c5e-9f1a-2b8c6d7e9f10 username=ada email=ada@example.com email_verified=true created_at=1556113000000 password_hash=$pbkdf2-…",
            ]
        );
    }
}

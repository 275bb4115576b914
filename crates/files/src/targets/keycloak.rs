//! Keycloak: a realm, for `kc.sh import` or a partial import in the admin console.

use data_encoding::BASE64;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};
use usher_auth::imported_hashes::{Argon2Parts, HashParts, Pbkdf2Parts, parts};
use usher_domain::{ExternalId, Status};
use usher_persistence::UserRecord;

/// A realm, up to its users.
pub(super) const HEAD: &str = r#"{"realm":"usher","enabled":true,"users":["#;

/// Ends the users, and names their roles, which the realm must have.
pub(super) fn finish(out: &mut impl Write, roles: &BTreeSet<String>) -> io::Result<()> {
    let roles: Vec<_> = roles.iter().map(|name| json!({ "name": name })).collect();
    out.write_all(b"\n],\"roles\":")?;
    serde_json::to_writer(&mut *out, &json!({ "realm": roles }))?;
    out.write_all(b"}\n")
}

pub(super) fn user(user: &UserRecord, credential: Option<Value>) -> Value {
    let external_id = user.external_id.as_ref().map(ExternalId::as_str);
    json!({
        "id": user.id,
        "username": user.username.as_str(),
        "email": user.email.as_str(),
        "emailVerified": user.email_verified,
        "enabled": user.status == Status::Active,
        "createdTimestamp": user.created_at.timestamp_millis(),
        "attributes": external_id.map_or_else(|| json!({}), |id| json!({ "external_id": [id] })),
        "realmRoles": [user.role.as_str()],
        "credentials": credential.into_iter().collect::<Vec<_>>(),
    })
}

/// The credential of a hash that Keycloak verifies; bcrypt with an extension only.
pub(super) fn credential(hash: &str) -> Option<Value> {
    let (algorithm, iterations, parameters, value, salt) = match parts(hash)? {
        HashParts::Bcrypt { cost, text } => ("bcrypt", cost, json!({}), text, String::new()),
        HashParts::Argon2(hash) => {
            let parameters = argon2_parameters(&hash);
            ("argon2", hash.passes, parameters, BASE64.encode(&hash.key), BASE64.encode(&hash.salt))
        }
        HashParts::Pbkdf2(Pbkdf2Parts { digest, iterations, salt, key }) => {
            let algorithm = match digest {
                "sha1" => "pbkdf2",
                "sha256" => "pbkdf2-sha256",
                "sha512" => "pbkdf2-sha512",
                _ => return None,
            };
            (algorithm, iterations, json!({}), BASE64.encode(&key), BASE64.encode(&salt))
        }
        HashParts::Scrypt { .. } | HashParts::Ldap => return None,
    };
    let data = json!({ "hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters });
    let secret = json!({ "value": value, "salt": salt, "additionalParameters": {} });
    Some(json!({ "type": "password", "credentialData": data.to_string(), "secretData": secret.to_string() }))
}

fn argon2_parameters(hash: &Argon2Parts) -> Value {
    json!({
        "hashLength": [hash.key.len().to_string()],
        "memory": [hash.memory_kib.to_string()],
        "type": [hash.kind],
        "version": [if hash.version == 16 { "1.0" } else { "1.3" }],
        "parallelism": [hash.lanes.to_string()],
    })
}

//! Auth0: users for its bulk import.

use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use usher_auth::imported_hashes::{HashParts, parts};
use usher_domain::{ExternalId, Status};
use usher_persistence::UserRecord;

/// What Auth0 puts in front of the ids of its own databases, also of those that are imported.
const STRATEGY: &str = "auth0|";

pub(super) fn user(user: &UserRecord, password: Option<Value>) -> Value {
    let external_id = user.external_id.as_ref().map(ExternalId::as_str);
    let id = external_id.and_then(|id| id.strip_prefix(STRATEGY));
    let mut metadata = Map::from_iter([("roles".to_owned(), json!([user.role.as_str()]))]);
    if let Some(external_id) = external_id.filter(|_| id.is_none()) {
        metadata.insert("external_id".to_owned(), external_id.into());
    }
    let mut object = Map::from_iter([
        ("user_id".to_owned(), id.map_or_else(|| user.id.to_string(), str::to_owned).into()),
        ("email".to_owned(), user.email.as_str().into()),
        ("email_verified".to_owned(), user.email_verified.into()),
        ("username".to_owned(), user.username.as_str().into()),
        ("blocked".to_owned(), (user.status != Status::Active).into()),
        ("app_metadata".to_owned(), metadata.into()),
    ]);
    object.extend(password.map(|password| ("custom_password_hash".to_owned(), password)));
    object.into()
}

/// A hash that Auth0 verifies.
pub(super) fn custom_password_hash(hash: &str) -> Option<Value> {
    let (algorithm, text) = match parts(hash)? {
        HashParts::Bcrypt { text, .. } => ("bcrypt", text),
        HashParts::Argon2(hash) => ("argon2", hash.to_phc()),
        HashParts::Pbkdf2(hash) => ("pbkdf2", hash.to_phc()),
        HashParts::Ldap => ("ldap", hash.to_owned()),
        HashParts::Scrypt { blocks, r, p, salt, key } => return Some(scrypt(blocks, r, p, &salt, &key)),
    };
    Some(json!({ "algorithm": algorithm, "hash": { "value": text, "encoding": "utf8" } }))
}

fn scrypt(blocks: u64, r: u32, p: u32, salt: &[u8], key: &[u8]) -> Value {
    let encoded = |bytes| json!({ "value": BASE64.encode(bytes), "encoding": "base64" });
    json!({
        "algorithm": "scrypt",
        "hash": encoded(key),
        "salt": encoded(salt),
        "keylen": key.len(),
        "cost": blocks,
        "blockSize": r,
        "parallelization": p,
    })
}

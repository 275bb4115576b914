//! Passwords of Keycloak: parameters, salt and hash in the JSON of a credential.

use super::{
    encoding::{base64, to_base64},
    limits::unknown,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::HashMap;
use usher_domain::Fault;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData {
    #[serde(default)]
    hash_iterations: i64,
    algorithm: String,
    #[serde(default)]
    additional_parameters: Option<HashMap<String, Vec<String>>>,
}

impl CredentialData {
    fn parameter(&self, name: &str) -> Result<&str, Fault> {
        let values = self.additional_parameters.as_ref().and_then(|parameters| parameters.get(name));
        let value = values.and_then(|values| values.first());
        value
            .map(String::as_str)
            .ok_or_else(|| unknown(format!("is a Keycloak credential without the parameter {name}")))
    }
}

#[derive(Deserialize)]
struct SecretData {
    value: String,
    #[serde(default)]
    salt: Option<String>,
}

/// Reads `credentialData` and `secretData` of a credential of the type `password`, each an object or its text, and returns the
/// text to store.
///
/// # Errors
/// As [`read`](super::read).
pub fn keycloak(credential_data: &Value, secret_data: &Value) -> Result<String, Fault> {
    let credential: CredentialData = object(credential_data, "credentialData")?;
    let secret: SecretData = object(secret_data, "secretData")?;
    let iterations = credential.hash_iterations;
    let head = match credential.algorithm.as_str() {
        "pbkdf2" => format!("pbkdf2-sha1$i={iterations}"),
        name @ ("pbkdf2-sha256" | "pbkdf2-sha512") => format!("{name}$i={iterations}"),
        "argon2" => argon2(&credential)?,
        // Of an extension; the value is all of the hash.
        "bcrypt" => return super::read(&secret.value),
        _ => return Err(unknown("is a Keycloak credential of an algorithm other than PBKDF2 and argon2")),
    };
    let parts = base64(secret.salt.as_deref().unwrap_or_default()).zip(base64(&secret.value));
    let (salt, value) = parts.ok_or_else(|| unknown("is a Keycloak credential with an invalid salt or value"))?;
    super::read(&format!("${head}${}${}", to_base64(&salt), to_base64(&value)))
}

fn argon2(credential: &CredentialData) -> Result<String, Fault> {
    let kind = credential.parameter("type")?;
    let version = match credential.parameter("version")? {
        "1.3" => 19,
        "1.0" => 16,
        _ => return Err(unknown("has an unknown argon2 version")),
    };
    let (memory, lanes) = (credential.parameter("memory")?, credential.parameter("parallelism")?);
    Ok(format!("argon2{kind}$v={version}$m={memory},t={},p={lanes}", credential.hash_iterations))
}

fn object<T: DeserializeOwned>(value: &Value, name: &str) -> Result<T, Fault> {
    let object = match value {
        Value::String(text) => serde_json::from_str(text),
        value => T::deserialize(value),
    };
    object.map_err(|_| unknown(format!("is a Keycloak credential whose {name} cannot be read")))
}

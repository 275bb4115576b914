//! What the client sends: a credential in the JSON of the standard (§5.1.7).

use super::{MAX_CREDENTIAL_ID, MAX_USER_HANDLE, PasskeyError, text::Bytes};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// Maximum length of each part of a response, in bytes. Attestation statements with certificates are the longest.
const MAX_PART: usize = 16 * 1024;
/// Maximum number of transports. The standard has six.
const MAX_TRANSPORTS: usize = 10;
/// Maximum length of the name of a transport, in bytes.
const MAX_TRANSPORT: usize = 20;

/// A new credential: the answer to creation options (`RegistrationResponseJSON`).
#[derive(Debug, Clone)]
pub struct CreationResponse {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) attestation_object: Vec<u8>,
    pub(super) transports: Vec<String>,
}

/// A signature of a credential: the answer to request options (`AuthenticationResponseJSON`).
#[derive(Debug, Clone)]
pub struct RequestResponse {
    pub(super) credential_id: Vec<u8>,
    pub(super) client_data: Vec<u8>,
    pub(super) authenticator_data: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) user_handle: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<R> {
    id: Bytes,
    raw_id: Bytes,
    r#type: String,
    response: R,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    attestation_object: Bytes,
    #[serde(default)]
    transports: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    #[serde(default)]
    user_handle: Option<Bytes>,
}

impl CreationResponse {
    /// Reads a credential. Members that nothing here depends on are ignored.
    pub fn parse(credential: &Value) -> Result<Self, PasskeyError> {
        let (credential_id, response) = read::<AttestationResponse>(credential)?;
        let mut transports = response.transports.unwrap_or_default();
        // Only hints, which come back to the client in the next options.
        transports.retain(|name| (1..=MAX_TRANSPORT).contains(&name.len()) && name.bytes().all(is_of_a_name));
        transports.truncate(MAX_TRANSPORTS);
        Ok(Self {
            credential_id,
            client_data: part(response.client_data)?,
            attestation_object: part(response.attestation_object)?,
            transports,
        })
    }
}

impl RequestResponse {
    /// Reads a credential. Members that nothing here depends on are ignored.
    pub fn parse(credential: &Value) -> Result<Self, PasskeyError> {
        let (credential_id, response) = read::<AssertionResponse>(credential)?;
        let user_handle = response.user_handle.map(|handle| handle.0);
        if user_handle.as_ref().is_some_and(|handle| handle.len() > MAX_USER_HANDLE) {
            return Err(PasskeyError::Malformed("the user handle is too long"));
        }
        Ok(Self {
            credential_id,
            client_data: part(response.client_data)?,
            authenticator_data: part(response.authenticator_data)?,
            signature: part(response.signature)?,
            // Some clients send an empty one for none.
            user_handle: user_handle.filter(|handle| !handle.is_empty()),
        })
    }

    /// The id by which the caller finds the passkey.
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }
}

fn read<R: DeserializeOwned>(credential: &Value) -> Result<(Vec<u8>, R), PasskeyError> {
    let credential = Credential::<R>::deserialize(credential)
        .map_err(|_| PasskeyError::Malformed("it is not in the JSON of Web Authentication"))?;
    if credential.r#type != "public-key" {
        return Err(PasskeyError::Malformed("its type is not public-key"));
    }
    if credential.id != credential.raw_id {
        return Err(PasskeyError::Malformed("its id and rawId differ"));
    }
    match credential.id.0.len() {
        0 => Err(PasskeyError::Malformed("its id is empty")),
        1..=MAX_CREDENTIAL_ID => Ok((credential.id.0, credential.response)),
        _ => Err(PasskeyError::CredentialIdTooLong),
    }
}

fn part(bytes: Bytes) -> Result<Vec<u8>, PasskeyError> {
    if bytes.0.len() > MAX_PART { Err(PasskeyError::Malformed("a part of it is too long")) } else { Ok(bytes.0) }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

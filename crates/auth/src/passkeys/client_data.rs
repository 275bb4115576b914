//! What the client signs: the operation, the challenge and the origin (`CollectedClientData`, §5.8.1).

use super::{PasskeyError, RelyingParty, text::Bytes};
use serde::{Deserialize, de::IgnoredAny};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<IgnoredAny>,
}

impl RelyingParty {
    /// Checks the client data of an operation, `webauthn.create` or `webauthn.get` (§7.1 steps 7 to 12, §7.2 steps 10 to 14).
    pub(super) fn check_client_data(
        &self,
        json: &[u8],
        operation: &str,
        challenge: &Bytes,
    ) -> Result<(), PasskeyError> {
        let data: ClientData =
            serde_json::from_slice(json).map_err(|_| PasskeyError::Malformed("the client data is not in its JSON"))?;
        if data.r#type != operation {
            return Err(PasskeyError::WrongType);
        }
        if data.challenge != challenge.to_text() {
            return Err(PasskeyError::WrongChallenge);
        }
        // Exact texts: no other port, no subdomain.
        if !self.origins.contains(&data.origin) {
            return Err(PasskeyError::WrongOrigin);
        }
        if data.cross_origin == Some(true) || data.top_origin.is_some() {
            return Err(PasskeyError::CrossOrigin);
        }
        Ok(())
    }
}

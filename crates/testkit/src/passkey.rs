//! Passkeys, as users have them: a client and an authenticator that follow the standard. (Those of the crate `passkey` would
//! change how the service under test writes JSON: they turn on a feature of `serde_json`.)

use crate::{Answer, Client, Person};
use aws_lc_rs::{
    rand::{self, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use coset::cbor::{self, Value as Cbor, cbor};
use serde_json::{Value, json};
use std::sync::Arc;
use usher_auth::opaque::sha256;

/// The path of the options to sign in with a passkey.
const OPTIONS: &str = "/v1/oauth/passkey-options";

/// Flags of authenticator data (Web Authentication §6.1): the user is present, the passkey can be and is backed up.
const FLAGS: u8 = 0x01 | 0x08 | 0x10;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// A device with one passkey, whose user always agrees. A clone is a copy of it.
#[derive(Clone)]
pub struct Device {
    /// The origin of the page that asks for the passkey.
    pub origin: String,
    /// Whether the device verifies its user, by a PIN or a finger.
    pub verifies_user: bool,
    /// Whether it counts its signatures.
    pub counts: bool,
    /// The passkey that it holds.
    pub passkey: Option<HeldPasskey>,
}

/// A passkey on a device.
#[derive(Clone)]
pub struct HeldPasskey {
    id: [u8; 16],
    key: Arc<EcdsaKeyPair>,
    user_handle: Value,
    count: u32,
}

impl Device {
    /// A device that verifies its user, before a page of the service.
    pub fn new() -> Self {
        Self { origin: "https://usher.test".to_owned(), verifies_user: true, counts: false, passkey: None }
    }

    /// Creates a passkey. The answer is in the JSON of the standard.
    #[expect(clippy::unused_async, reason = "as with a client in a browser")]
    pub async fn create(&mut self, options: &Value) -> Value {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let mut id = [0; 16];
        rand::fill(&mut id).unwrap();
        let point = key.public_key().as_ref();
        let (x, y) = (Cbor::Bytes(point[1..33].to_vec()), Cbor::Bytes(point[33..].to_vec()));
        let public_key = cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y }).unwrap();
        let data = self.authenticator_data(&options["rp"]["id"], HAS_CREDENTIAL, 0);
        let data = [&data[..], &[0; 16], &[0, 16], &id, &bytes(&public_key)].concat();
        let object = cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => Cbor::Bytes(data) }).unwrap();
        let response = json!({
            "clientDataJSON": BASE64URL.encode(self.client_data("webauthn.create", options)),
            "attestationObject": BASE64URL.encode(bytes(&object)),
            "transports": ["internal"],
        });
        let user_handle = options["user"]["id"].clone();
        self.passkey = Some(HeldPasskey { id, key: Arc::new(key), user_handle, count: 0 });
        credential(&id, &response)
    }

    /// Proves its passkey.
    #[expect(clippy::unused_async, reason = "as with a client in a browser")]
    pub async fn prove(&mut self, options: &Value) -> Value {
        let counts = self.counts;
        let HeldPasskey { id, key, user_handle, count } = {
            let passkey = self.passkey.as_mut().expect("the device holds a passkey");
            passkey.count += u32::from(counts);
            passkey.clone()
        };
        let data = self.authenticator_data(&options["rpId"], 0, count);
        let client_data = self.client_data("webauthn.get", options);
        let message = [&data[..], &sha256(client_data.as_bytes())].concat();
        let signature = key.sign(&SystemRandom::new(), &message).unwrap();
        let response = json!({
            "clientDataJSON": BASE64URL.encode(client_data),
            "authenticatorData": BASE64URL.encode(data),
            "signature": BASE64URL.encode(signature),
            "userHandle": user_handle,
        });
        credential(&id, &response)
    }

    fn client_data(&self, operation: &str, options: &Value) -> String {
        let challenge = &options["challenge"];
        json!({ "type": operation, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string()
    }

    fn authenticator_data(&self, rp_id: &Value, flags: u8, count: u32) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let rp_id = sha256(rp_id.as_str().unwrap().as_bytes());
        [&rp_id[..], &[FLAGS | verified | flags], &count.to_be_bytes()].concat()
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

impl Person {
    /// Requests the options for a new passkey.
    pub async fn passkey_options(&self) -> Answer {
        self.act(&format!("{}/factors/passkey-options", self.path())).await
    }

    /// Sends a new passkey.
    pub async fn send_passkey(&self, ceremony: &Value, credential: &Value) -> Answer {
        let body = json!({ "ceremony": ceremony, "credential": credential });
        self.post(&format!("{}/factors/passkeys", self.path()), &body).await
    }

    /// Creates a passkey on the device and enrols it, which must succeed.
    pub async fn enrol_passkey(&self, device: &mut Device) -> Answer {
        let options = self.passkey_options().await.expect_status(200).json;
        let credential = device.create(&options["public_key"]).await;
        self.send_passkey(&options["ceremony"], &credential).await.expect_status(201)
    }
}

impl Client {
    /// Requests the options to sign in with a passkey, without a password.
    pub async fn passkey_sign_in_options(&self) -> Value {
        self.form(OPTIONS, &[]).await.expect_status(200).json
    }

    /// Requests the options for the second step of a sign-in.
    pub async fn second_step_options(&self, mfa_token: &str) -> Answer {
        self.form(OPTIONS, &[("mfa_token", mfa_token)]).await
    }

    /// Sends a passkey to sign in without a password.
    pub async fn passkey_grant(&self, ceremony: &Value, credential: &Value) -> Answer {
        let (ceremony, credential) = (ceremony.as_str().unwrap(), credential.to_string());
        let fields =
            [("grant_type", "urn:usher:grant:passkey"), ("ceremony", ceremony), ("credential", credential.as_str())];
        self.form("/v1/oauth/token", &fields).await
    }

    /// Signs in with a passkey.
    pub async fn sign_in_with(&self, device: &mut Device) -> Answer {
        let options = self.passkey_sign_in_options().await;
        let credential = device.prove(&options["public_key"]).await;
        self.passkey_grant(&options["ceremony"], &credential).await
    }
}

fn credential(id: &[u8], response: &Value) -> Value {
    let id = BASE64URL.encode(id);
    json!({ "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {}, "response": response })
}

fn bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::into_writer(value, &mut bytes).unwrap();
    bytes
}

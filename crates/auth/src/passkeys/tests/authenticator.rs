//! A client and an authenticator that do whatever a test wants.

use crate::{
    opaque::sha256,
    passkeys::{
        tests::{HANDLE, ORIGIN},
        text::Bytes,
    },
};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use coset::cbor::{self, Value as Cbor, cbor};
use serde_json::{Value, json};

pub const UP: u8 = 0x01;
pub const UV: u8 = 0x04;
pub const BE: u8 = 0x08;
pub const BS: u8 = 0x10;
pub const AT: u8 = 0x40;
pub const ED: u8 = 0x80;

pub enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(rsa::KeyPair),
}

impl Key {
    pub fn es256() -> Self {
        Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub fn ed_dsa() -> Self {
        Self::EdDsa(Ed25519KeyPair::generate().unwrap())
    }

    pub fn rs256(size: KeySize) -> Self {
        Self::Rs256(rsa::KeyPair::generate(size).unwrap())
    }

    /// The public key in COSE.
    pub fn public(&self) -> Cbor {
        match self {
            Self::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (Cbor::Bytes(point[1..33].to_vec()), Cbor::Bytes(point[33..].to_vec()));
                cbor!({ 1 => 2, 3 => -7, -1 => 1, -2 => x, -3 => y }).unwrap()
            }
            Self::EdDsa(pair) => {
                let x = Cbor::Bytes(pair.public_key().as_ref().to_vec());
                cbor!({ 1 => 1, 3 => -8, -1 => 6, -2 => x }).unwrap()
            }
            Self::Rs256(pair) => {
                let n = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
                let e = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
                cbor!({ 1 => 3, 3 => -257, -1 => Cbor::Bytes(n), -2 => Cbor::Bytes(e) }).unwrap()
            }
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// Everything that an answer is made of.
pub struct Answer {
    pub client_data: Value,
    pub rp_id: &'static str,
    pub flags: u8,
    pub count: u32,
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub extensions: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
}

impl Answer {
    /// An answer to options that keeps all rules.
    pub fn new(operation: &str, options: &Value, key: &Key) -> Self {
        Self {
            client_data: json!({
                "type": operation,
                "challenge": options["challenge"],
                "origin": ORIGIN,
                "crossOrigin": false,
            }),
            rp_id: "example.com",
            flags: UP,
            count: 0,
            credential_id: b"the id of the credential".to_vec(),
            public_key: bytes(&key.public()),
            extensions: Vec::new(),
            user_handle: Some(HANDLE.to_vec()),
        }
    }

    pub fn authenticator_data(&self) -> Vec<u8> {
        let mut data = [&sha256(self.rp_id.as_bytes())[..], &[self.flags], &self.count.to_be_bytes()].concat();
        if self.flags & AT != 0 {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
            data.extend(&self.credential_id);
            data.extend(&self.public_key);
        }
        data.extend(&self.extensions);
        data
    }

    /// A new credential.
    pub fn creation(mut self) -> Value {
        self.flags |= AT;
        let data = Cbor::Bytes(self.authenticator_data());
        let object = bytes(&cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => data }).unwrap());
        self.creation_with(&object)
    }

    pub fn creation_with(&self, attestation_object: &[u8]) -> Value {
        credential(
            &self.credential_id,
            &json!({
                "clientDataJSON": text(self.client_data.to_string().as_bytes()),
                "attestationObject": text(attestation_object),
                "transports": ["usb", "nfc"],
            }),
        )
    }

    /// A proof with the key.
    pub fn request(&self, key: &Key) -> Value {
        let (client_data, data) = (self.client_data.to_string().into_bytes(), self.authenticator_data());
        let signature = key.sign(&[&data[..], &sha256(&client_data)].concat());
        let mut response = json!({
            "clientDataJSON": text(&client_data),
            "authenticatorData": text(&data),
            "signature": text(&signature),
        });
        if let Some(handle) = &self.user_handle {
            response["userHandle"] = text(handle).into();
        }
        credential(&self.credential_id, &response)
    }
}

fn credential(id: &[u8], response: &Value) -> Value {
    json!({
        "id": text(id),
        "rawId": text(id),
        "type": "public-key",
        "authenticatorAttachment": "cross-platform",
        "clientExtensionResults": {},
        "response": response,
    })
}

pub fn text(bytes: &[u8]) -> String {
    Bytes(bytes.to_vec()).to_text()
}

pub fn bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::into_writer(value, &mut bytes).unwrap();
    bytes
}

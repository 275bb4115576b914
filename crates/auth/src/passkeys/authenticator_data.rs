//! What the authenticator signs (§6.1): the relying party, flags, the count of signatures, and a new key.

use super::{MAX_CREDENTIAL_ID, PasskeyError, RelyingParty, UserVerification};
use coset::cbor::{self, Value};

/// Levels of arrays and maps in CBOR. Attestation statements have the most, three.
const MAX_DEPTH: usize = 16;

const USER_PRESENT: u8 = 1 << 0;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKUP_STATE: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Bytes of the hash of the relying party's id, the flags, and the count.
const HEAD: usize = 32 + 1 + 4;
/// Bytes of the model's id (AAGUID), which is not needed without attestation.
const AAGUID: usize = 16;

/// Authenticator data, in its parts.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// A new credential (§6.5.1).
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) id: &'a [u8],
    /// In CBOR.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads all bytes. Extensions are skipped, since none is requested (§9).
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        let short = || PasskeyError::Malformed("the authenticator data is too short");
        let (head, mut rest) = bytes.split_first_chunk::<HEAD>().ok_or_else(short)?;
        let [rp_id_hash @ .., flags, a, b, c, d] = head;
        let mut credential = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (_, after) = rest.split_at_checked(AAGUID).ok_or_else(short)?;
            let (length, after) = after.split_first_chunk::<2>().ok_or_else(short)?;
            let length = usize::from(u16::from_be_bytes(*length));
            if length > MAX_CREDENTIAL_ID {
                return Err(PasskeyError::CredentialIdTooLong);
            }
            let (id, after) = after.split_at_checked(length).ok_or_else(short)?;
            let (public_key, after) = split_cbor(after)?;
            credential = Some(AttestedCredential { id, public_key });
            rest = after;
        }
        if *flags & HAS_EXTENSIONS != 0 {
            (_, rest) = split_cbor(rest)?;
        }
        if !rest.is_empty() {
            return Err(PasskeyError::Malformed("the authenticator data is too long"));
        }
        let sign_count = u32::from_be_bytes([*a, *b, *c, *d]);
        Ok(Self { rp_id_hash, flags: *flags, sign_count, credential })
    }

    /// Checks what both operations require (§7.1 steps 14 to 18, §7.2 steps 15 to 19).
    pub(super) fn check(
        &self,
        relying_party: &RelyingParty,
        user_verification: UserVerification,
    ) -> Result<(), PasskeyError> {
        if self.rp_id_hash != relying_party.id_hash {
            return Err(PasskeyError::WrongRelyingParty);
        }
        if self.flags & USER_PRESENT == 0 {
            return Err(PasskeyError::UserNotPresent);
        }
        if user_verification == UserVerification::Required && !self.user_verified() {
            return Err(PasskeyError::UserNotVerified);
        }
        if self.backup_state() && !self.backup_eligible() {
            return Err(PasskeyError::BackedUpWithoutEligibility);
        }
        Ok(())
    }

    pub(super) fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    pub(super) fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) fn backup_state(&self) -> bool {
        self.flags & BACKUP_STATE != 0
    }
}

/// The bytes of the first item, which is a map, and those after it.
fn split_cbor(bytes: &[u8]) -> Result<(&[u8], &[u8]), PasskeyError> {
    let mut rest = bytes;
    let Value::Map(_) = read_cbor(&mut rest)? else { return Err(NOT_CBOR) };
    Ok(bytes.split_at(bytes.len() - rest.len()))
}

/// The authenticator data in an attestation object (§6.5). Its format and statement are not needed without attestation.
pub(super) fn in_attestation_object(mut bytes: &[u8]) -> Result<Vec<u8>, PasskeyError> {
    let Value::Map(members) = read_cbor(&mut bytes)? else { return Err(NOT_CBOR) };
    if !bytes.is_empty() {
        return Err(NOT_CBOR);
    }
    let mut found = members.into_iter().filter(|(key, _)| key.as_text() == Some("authData"));
    match (found.next(), found.next()) {
        (Some((_, Value::Bytes(data))), None) => Ok(data),
        _ => Err(PasskeyError::Malformed("the attestation object has no authenticator data")),
    }
}

const NOT_CBOR: PasskeyError = PasskeyError::Malformed("a part of it is not in the CBOR of Web Authentication");

fn read_cbor(bytes: &mut &[u8]) -> Result<Value, PasskeyError> {
    cbor::de::from_reader_with_recursion_limit(bytes, MAX_DEPTH).map_err(|_| NOT_CBOR)
}

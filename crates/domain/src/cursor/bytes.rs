//! The bytes of a cursor: numbers, ids, and the checksum at the end.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Maximum number of characters of a cursor. The longest ones contain a folded e-mail address.
pub(super) const MAX_CHARS: usize = 4096;
/// Bytes of the checksum.
const CHECKSUM_BYTES: usize = 4;

/// FNV-1a with 64 bits: the same in every version and on every replica, which Rust's own hashes do not promise.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The text of a cursor with these bytes and their checksum.
pub(crate) fn seal(mut bytes: Vec<u8>) -> String {
    bytes.extend(checksum(&bytes));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that were [sealed](seal); `None` if the checksum does not match.
pub(super) fn unseal(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_CHARS {
        return None;
    }
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let sum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
    (sum == checksum(&bytes)).then_some(bytes)
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    // The authors of FNV recommend this folding for fewer bits.
    let hash = hash(bytes).to_be_bytes();
    std::array::from_fn(|at| hash[at] ^ hash[at + CHECKSUM_BYTES])
}

/// Reads an id that must be the rest of the bytes.
pub(super) fn read_last_id(rest: &mut &[u8]) -> Option<Uuid> {
    let id = read_array(rest)?;
    rest.is_empty().then(|| Uuid::from_bytes(id))
}

/// Writes seven bits per byte, the lowest first; all but the last byte have the eighth bit set.
pub(super) fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

pub(super) fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    // Nine times seven bits hold any position.
    for shift in (0..63).step_by(7) {
        let byte = read_byte(rest)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(super) fn read_byte(rest: &mut &[u8]) -> Option<u8> {
    let (&first, others) = rest.split_first()?;
    *rest = others;
    Some(first)
}

pub(super) fn read_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}

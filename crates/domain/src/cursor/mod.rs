//! Cursors: the place in a walked list from which the next or the previous page is read.
//!
//! A cursor names the item a page lies next to by what the list is sorted by, so that a page is found as fast at the end of
//! the list as at its beginning, and what others create or delete meanwhile moves nothing. It is opaque to clients but no
//! secret, and it is not signed: whoever makes one up reads a page that could be asked for anyhow. It ends with a checksum, so that
//! one that was damaged on its way is refused, rather than taken for another place.

mod id;
mod user;

pub use id::IdCursor;
pub use user::{UserCursor, UserKey};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Most characters of a cursor. The longest ones name an e-mail address in its folded form.
const MAX_TEXT: usize = 4096;
/// Bytes of its checksum.
const SUM: usize = 4;

/// A place between two pages. It suits one list only, with its order and filter.
pub trait Cursor: Sized {
    /// The cursor as clients see it: letters, digits, `-` and `_`.
    fn encode(&self) -> String;
    /// Reads what [`encode`](Self::encode) wrote; `None` for anything else.
    fn decode(text: &str) -> Option<Self>;
    fn direction(&self) -> Direction;
    /// How many items stood before this place when the cursor was made.
    fn position(&self) -> i64;
}

/// On which side of the item it names a cursor's page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The page begins after the item.
    Forward,
    /// The page ends before the item.
    Backward,
}

/// FNV-1a of 64 bits: the same in every version and on every replica, which Rust's own hashes do not promise.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The text of a cursor's bytes, with their checksum.
pub(crate) fn seal(mut bytes: Vec<u8>) -> String {
    bytes.extend(checksum(&bytes));
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes that were [sealed](seal); `None` where not all of them are as they were.
fn unseal(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let sum = bytes.split_off(bytes.len().checked_sub(SUM)?);
    (sum == checksum(&bytes)).then_some(bytes)
}

fn checksum(bytes: &[u8]) -> [u8; SUM] {
    // Folded, as the authors of FNV have it where fewer bits will do.
    let hash = hash(bytes).to_be_bytes();
    std::array::from_fn(|at| hash[at] ^ hash[at + SUM])
}

fn read_last_id(rest: &mut &[u8]) -> Option<Uuid> {
    let id = take(rest)?;
    rest.is_empty().then(|| Uuid::from_bytes(id))
}

/// Seven bits to a byte, the lowest first; all but the last byte have the eighth bit set.
fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn read_number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    // Nine times seven bits hold any position.
    for shift in (0..63).step_by(7) {
        let next = byte(rest)?;
        number |= u64::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn byte(rest: &mut &[u8]) -> Option<u8> {
    let (&first, others) = rest.split_first()?;
    *rest = others;
    Some(first)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}

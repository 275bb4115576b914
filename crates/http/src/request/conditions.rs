//! Entity tags and `If-Match` (RFC 9110 §8.8.3, §13.1.1).

use actix_web::http::header::{EntityTag, HeaderMap, IF_MATCH};
use usher_persistence::Precondition;

/// The content codings that proxies apply (IANA HTTP Content Coding Registry).
const CODINGS: [&str; 7] = ["gzip", "br", "zstd", "deflate", "compress", "dcb", "dcz"];

/// The entity tag of a version: strong, and the same for every media type.
pub fn entity_tag(version: i64) -> EntityTag {
    EntityTag::new_strong(version.to_string())
}

/// What `If-Match` demands of the target. `*` holds for every row, and without a row the answer is a 404 anyway.
///
/// The typed header `IfMatch` of Actix does not fit: it ignores `*` among other tags, and drops all fields for one that is
/// not ASCII.
pub fn if_match(headers: &HeaderMap) -> Precondition {
    if !headers.contains_key(IF_MATCH) {
        return Precondition::None;
    }
    let fields = headers.get_all(IF_MATCH).filter_map(|value| value.to_str().ok());
    let mut versions = Vec::new();
    for tag in fields.flat_map(|value| value.split(',')).map(str::trim) {
        if tag == "*" {
            return Precondition::None;
        }
        versions.extend(tag.parse().ok().as_ref().and_then(version));
    }
    Precondition::Versions(versions)
}

/// The version that a tag names, if it is a tag of this service. A proxy that compresses may have weakened it
/// (`W/"3"`) or added the coding (`"3-gzip"`, `"3--gzip"`, `"3;br"`); it still names that version.
fn version(tag: &EntityTag) -> Option<i64> {
    let mut tag = tag.tag();
    while let Some(rest) = without_coding(tag) {
        tag = rest;
    }
    tag.parse().ok().filter(|version: &i64| version.to_string() == tag)
}

/// The tag without the coding that a proxy has appended.
fn without_coding(tag: &str) -> Option<&str> {
    let (rest, coding) = tag.rsplit_once(['-', ';'])?;
    let is_coding = CODINGS.iter().any(|known| known.eq_ignore_ascii_case(coding));
    is_coding.then(|| rest.strip_suffix('-').unwrap_or(rest))
}

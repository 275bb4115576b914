//! How large a request may be.

use actix_web::{dev::RequestHead, http::header::CONTENT_LENGTH};

/// Maximum bytes of a body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Maximum bytes of a URI.
pub const MAX_URI_BYTES: usize = 8 * 1024;
/// Maximum bytes of all header fields together.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

/// The part of a request that exceeds its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLarge {
    Body,
    Uri,
    Headers,
}

/// The part of the request that is too large, if one is. A body without `Content-Length` is measured while it is read
/// (`body_reader.rs`).
pub fn exceeded(request: &RequestHead) -> Option<TooLarge> {
    let body_length = request.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if body_length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Some(TooLarge::Body);
    }
    let authority_length = request.uri.authority().map_or(0, |authority| authority.as_str().len());
    let path_length = request.uri.path_and_query().map_or(0, |path| path.as_str().len());
    if authority_length + path_length > MAX_URI_BYTES {
        return Some(TooLarge::Uri);
    }
    // Each line has `: ` and a line break besides its name and value.
    let header_length: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (header_length > MAX_HEADER_BYTES).then_some(TooLarge::Headers)
}

//! How large a request may be.

/// Maximum bytes of a body.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Maximum bytes of a URI.
pub const MAX_URI_BYTES: usize = 8 * 1024;
/// Maximum bytes of all header fields together.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;

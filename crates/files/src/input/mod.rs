//! From the bytes of a file to text: its encoding, and its lines, with bounded memory.

mod decoder;
mod encoding;
mod lines;

pub use decoder::{Decoder, HEAD_BYTES};
pub use encoding::{Encoding, not_text};
pub use lines::{LineBreak, Lines, MAX_LINE_BYTES};

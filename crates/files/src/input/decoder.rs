//! Decodes a file as it is read.

use super::Encoding;
use std::io::{self, BufRead, Read};

/// How much of a file is looked at before anything is read from it: enough for the names of columns and some users, and less
/// than a pipe holds.
pub const HEAD_BYTES: usize = 16 * 1024;
/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;

const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_16LE_MARK: &[u8] = b"\xff\xfe";
const UTF_16BE_MARK: &[u8] = b"\xfe\xff";

/// The text of a file in UTF-8, without a byte order mark. Text that is already UTF-8 is passed on unchecked.
///
/// Without a byte order mark, the first character beyond ASCII decides: if it is not UTF-8, the text is Windows-1252.
pub struct Decoder<R> {
    input: R,
    /// What was read and is not decoded yet.
    bytes: Vec<u8>,
    /// What was decoded, and how much of it was consumed.
    text: Vec<u8>,
    consumed: usize,
    state: State,
    had_mark: bool,
    /// Whether the input has ended.
    at_end: bool,
}

enum State {
    /// Nothing was read yet.
    Start(Option<Encoding>),
    /// ASCII so far, which is the same in most encodings.
    Undecided,
    Utf8,
    Other(Encoding, Box<encoding_rs::Decoder>),
}

impl<R: Read> Decoder<R> {
    /// Decodes from this encoding, or from the one that the text appears to have.
    pub fn new(input: R, encoding: Option<Encoding>) -> Self {
        let state = State::Start(encoding);
        Self { input, bytes: Vec::new(), text: Vec::new(), consumed: 0, state, had_mark: false, at_end: false }
    }

    /// The encoding, if it is not UTF-8.
    pub fn encoding(&self) -> Option<Encoding> {
        match self.state {
            State::Other(encoding, _) => Some(encoding),
            State::Start(_) | State::Undecided | State::Utf8 => None,
        }
    }

    /// Whether the file begins with a byte order mark.
    pub fn had_mark(&self) -> bool {
        self.had_mark
    }

    /// The beginning of the file as it is, before it is decoded. Only before anything else is read.
    pub fn first_bytes(&mut self) -> io::Result<&[u8]> {
        if self.bytes.is_empty() {
            self.input.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut self.bytes)?;
        }
        Ok(&self.bytes)
    }

    fn refill(&mut self) -> io::Result<()> {
        if matches!(self.state, State::Start(_)) {
            self.first_bytes()?;
            self.start();
            self.decode(false);
        }
        while self.consumed == self.text.len() && !self.at_end {
            self.text.clear();
            self.consumed = 0;
            let kept = self.bytes.len();
            self.bytes.resize(kept + CHUNK_BYTES, 0);
            let read = read_some(&mut self.input, &mut self.bytes[kept..])?;
            self.bytes.truncate(kept + read);
            self.at_end = read == 0;
            self.decode(self.at_end);
        }
        Ok(())
    }

    /// Decides about the encoding, as far as the first bytes can, and removes the byte order mark.
    fn start(&mut self) {
        let State::Start(given) = self.state else { return };
        let [first, second, ..] = self.bytes[..] else {
            self.state = given.map_or(State::Undecided, State::of);
            return;
        };
        let marks =
            [(UTF_8_MARK, Encoding::UTF_8), (UTF_16LE_MARK, Encoding::UTF_16LE), (UTF_16BE_MARK, Encoding::UTF_16BE)];
        let marked = marks.into_iter().find(|(mark, _)| self.bytes.starts_with(mark));
        if let Some((mark, encoding)) = marked {
            self.bytes.drain(..mark.len());
            self.had_mark = true;
            self.state = State::of(encoding);
            return;
        }
        let guessed = match (first, second) {
            (0, _) => Some(Encoding::UTF_16BE),
            (_, 0) => Some(Encoding::UTF_16LE),
            _ => None,
        };
        self.state = given.or(guessed).map_or(State::Undecided, State::of);
    }

    /// Moves what can be decoded from `bytes` to `text`.
    fn decode(&mut self, at_end: bool) {
        if matches!(self.state, State::Undecided) && !self.bytes.is_ascii() {
            let ascii = self.bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
            self.state = match str::from_utf8(&self.bytes[ascii..]) {
                Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() && !at_end => {
                    // The character is cut in two.
                    self.text.extend(self.bytes.drain(..ascii));
                    return;
                }
                Err(error) if error.valid_up_to() == 0 => State::of(Encoding::WINDOWS_1252),
                Ok(_) | Err(_) => State::Utf8,
            };
        }
        match &mut self.state {
            State::Start(_) | State::Undecided | State::Utf8 => {
                std::mem::swap(&mut self.bytes, &mut self.text);
                self.consumed = 0;
            }
            State::Other(_, decoder) => {
                let start = self.text.len();
                let most = decoder.max_utf8_buffer_length(self.bytes.len()).unwrap_or(self.bytes.len() * 4);
                self.text.resize(start + most, 0);
                let (_, _, written, _) = decoder.decode_to_utf8(&self.bytes, &mut self.text[start..], at_end);
                self.text.truncate(start + written);
            }
        }
        self.bytes.clear();
    }
}

impl State {
    fn of(encoding: Encoding) -> Self {
        if encoding == Encoding::UTF_8 {
            Self::Utf8
        } else {
            Self::Other(encoding, Box::new(encoding.0.new_decoder_without_bom_handling()))
        }
    }
}

/// One read, again if it was interrupted.
fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

impl<R: Read> BufRead for Decoder<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.consumed == self.text.len() {
            self.refill()?;
        }
        Ok(&self.text[self.consumed..])
    }

    fn consume(&mut self, amount: usize) {
        self.consumed = self.text.len().min(self.consumed + amount);
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a few bytes at a time, as a slow pipe.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(3);
            self.0.read(&mut buffer[..most])
        }
    }

    fn decoded(bytes: &[u8], encoding: Option<&str>) -> (String, Option<String>) {
        let encoding = encoding.map(|label| Encoding::from_label(label).unwrap());
        let mut decoder = Decoder::new(Slow(bytes), encoding);
        let mut text = String::new();
        decoder.read_to_string(&mut text).unwrap();
        (text, decoder.encoding().map(Encoding::name))
    }

    fn utf_16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_decides_and_is_no_text() {
        let marked = [b"\xff\xfe", &utf_16("jörg")[..]].concat();
        assert_eq!(decoded(&marked, None), ("jörg".to_owned(), Some("UTF-16LE".to_owned())));
        assert_eq!(decoded(&marked, Some("windows-1252")).0, "jörg");
        assert_eq!(decoded("\u{feff}jörg".as_bytes(), None), ("jörg".to_owned(), None));
        assert_eq!(decoded("\u{feff}".as_bytes(), None), (String::new(), None));
        assert_eq!(decoded(b"\xfe\xff\0a", None).0, "a");
    }

    #[test]
    fn without_a_mark_the_first_character_beyond_ascii_decides_wherever_it_is() {
        let ascii = "x".repeat(HEAD_BYTES + 5);
        for (character, found) in [(&b"\xf6"[..], Some("Windows-1252")), ("ö".as_bytes(), None)] {
            let (text, encoding) = decoded(&[ascii.as_bytes(), character, b"yz"].concat(), None);
            assert!(text.ends_with("xöyz"), "{found:?}");
            assert_eq!(encoding.as_deref(), found);
            assert!(decoded(&[character, b"yz"].concat(), None).0 == "öyz");
            assert!(decoded(character, None).0 == "ö");
        }
        assert_eq!(decoded(&utf_16("ab"), None), ("ab".to_owned(), Some("UTF-16LE".to_owned())));
        assert_eq!(decoded(b"", None), (String::new(), None));
    }

    #[test]
    fn a_given_encoding_is_not_guessed() {
        let bytes = "ö".as_bytes();
        assert_eq!(decoded(bytes, Some("latin1")), ("Ã¶".to_owned(), Some("Windows-1252".to_owned())));
        assert_eq!(decoded(b"\x9a", Some("macintosh")).0, "ö");
        assert_eq!(decoded(bytes, Some("utf-8")), ("ö".to_owned(), None));
    }
}

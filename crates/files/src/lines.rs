//! Reads an untrusted file line by line, with bounded memory.

use std::io::{self, BufRead, Read};

/// Maximum number of bytes of a line, without the line break. No user needs a tenth of it.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file, which end with LF or CR LF.
pub struct Lines<R> {
    input: R,
    line: Vec<u8>,
    /// The number of the last line, counted from 1.
    number: u64,
    /// The number of bytes read.
    position: u64,
}

/// A line, or why it cannot be read.
pub type Line<'a> = Result<&'a str, &'static str>;

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0, position: 0 }
    }

    /// The number of bytes read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next line that is not blank, with its number; `None` at the end of the file.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.line.clear();
            // Two more bytes for the line break.
            let most = u64::try_from(MAX_LINE_BYTES + 2).unwrap_or(u64::MAX);
            let read = self.input.by_ref().take(most).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.position += u64::try_from(read).unwrap_or(0);
            if self.line.pop_if(|end| *end == b'\n').is_none() && self.line.len() > MAX_LINE_BYTES {
                let rest = self.input.skip_until(b'\n')?;
                self.position += u64::try_from(rest).unwrap_or(0);
            }
            self.line.pop_if(|end| *end == b'\r');
            if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let line = if self.line.len() > MAX_LINE_BYTES {
            Err("is longer than 65,536 bytes")
        } else {
            str::from_utf8(&self.line).map_err(|_| "is not UTF-8")
        };
        Ok(Some((self.number, line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let mut lines = Lines::new(bytes);
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            all.push((number, line.map(str::to_owned)));
        }
        assert_eq!(lines.position(), bytes.len() as u64);
        all
    }

    #[test]
    fn lines_end_with_lf_or_cr_lf_and_blank_lines_are_only_counted() {
        let expected = [(1, "a"), (2, "b"), (5, "c\rd"), (6, "e")].map(|(number, line)| (number, Ok(line.to_owned())));
        assert_eq!(lines(b"\xef\xbb\xbfa\nb\r\n\n \t\r\nc\rd\ne"), expected);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\xef\xbb\xbf\n"), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_read() {
        let longest = "x".repeat(MAX_LINE_BYTES);
        for end in ["\n", "\r\n", ""] {
            assert_eq!(lines(format!("{longest}{end}").as_bytes()), [(1, Ok(longest.clone()))]);
        }
        for extra in ["x", "x\r", "xx", "xxx", "\r\r"] {
            let text = format!("{longest}{extra}\n{longest}x\nnext\n{longest}x");
            let found = lines(text.as_bytes());
            assert!(found[0].1.is_err() && found[1].1.is_err() && found[3].1.is_err(), "{extra:?}");
            assert_eq!(found[2], (3, Ok("next".to_owned())));
        }
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_reported_and_the_next_one_read() {
        assert_eq!(lines(b"\xff\xfea\nb"), [(1, Err("is not UTF-8")), (2, Ok("b".to_owned()))]);
    }
}

//! Reads an untrusted file line by line, with bounded memory.

use std::io::{self, BufRead, Read};

/// Maximum number of bytes of a line, without the line break. No user needs a tenth of it.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// What ends a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineBreak {
    /// LF, or CR LF.
    Lf,
    /// CR, as old Macs wrote it.
    Cr,
}

/// The lines of a file.
pub struct Lines<R> {
    input: R,
    line_break: LineBreak,
    line: Vec<u8>,
    /// The number of the last line, counted from 1.
    number: u64,
}

/// A line, or why it cannot be read.
pub type Line<'a> = Result<&'a str, &'static str>;

impl<R: BufRead> Lines<R> {
    pub fn new(input: R, line_break: LineBreak) -> Self {
        Self { input, line_break, line: Vec::new(), number: 0 }
    }

    /// What the lines are read from.
    pub fn input(&self) -> &R {
        &self.input
    }

    /// The next line that is not blank, with its number; `None` at the end of the file.
    pub fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((self.number, self.line())));
            }
        }
    }

    /// The next line, even if it is blank.
    pub fn next_of_all(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        let is_read = self.read_line()?;
        Ok(is_read.then(|| (self.number, self.line())))
    }

    fn read_line(&mut self) -> io::Result<bool> {
        let end = match self.line_break {
            LineBreak::Lf => b'\n',
            LineBreak::Cr => b'\r',
        };
        self.line.clear();
        // Two more bytes for the line break.
        let most = u64::try_from(MAX_LINE_BYTES + 2).unwrap_or(u64::MAX);
        if self.input.by_ref().take(most).read_until(end, &mut self.line)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.pop_if(|last| *last == end).is_none() && self.line.len() > MAX_LINE_BYTES {
            self.input.skip_until(end)?;
        }
        self.line.pop_if(|last| *last == b'\r');
        Ok(true)
    }

    fn line(&self) -> Line<'_> {
        if self.line.len() > MAX_LINE_BYTES {
            Err("is longer than 65,536 bytes")
        } else {
            str::from_utf8(&self.line).map_err(|_| "is not UTF-8")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let mut lines = Lines::new(bytes, LineBreak::Lf);
        let mut all = Vec::new();
        while let Some((number, line)) = lines.next_line().unwrap() {
            all.push((number, line.map(str::to_owned)));
        }
        all
    }

    #[test]
    fn lines_end_with_lf_or_cr_lf_and_blank_lines_are_only_counted() {
        let expected = [(1, "a"), (2, "b"), (5, "c\rd"), (6, "e")].map(|(number, line)| (number, Ok(line.to_owned())));
        assert_eq!(lines(b"a\nb\r\n\n \t\r\nc\rd\ne"), expected);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n \n"), []);
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

    #[test]
    fn lines_end_with_cr_alone_if_that_is_asked_for() {
        let mut lines = Lines::new(&b"a\rb\n\rc"[..], LineBreak::Cr);
        for expected in [(1, Ok("a")), (2, Ok("b\n")), (3, Ok("c"))] {
            assert_eq!(lines.next_line().unwrap(), Some(expected));
        }
        assert_eq!(lines.next_line().unwrap(), None);
    }
}

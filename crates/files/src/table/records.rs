//! Joins the lines of a table to records: a quoted cell may have line breaks.

use super::{Dialect, dialect::separator_line};
use crate::input::{Lines, MAX_LINE_BYTES};
use std::{
    collections::VecDeque,
    io::{self, BufRead},
};

/// Maximum number of lines of a record. It bounds what is read again after a quote that is never closed.
const MAX_LINES: usize = 100;
const NOT_CLOSED: &str = "has a quote that is not closed";

/// The records of a table.
///
/// If a quote is not closed, only its own line is refused. The lines after it are read as records of their own.
pub struct Records<R> {
    lines: Lines<R>,
    separator: u8,
    /// Lines after one with a quote that is not closed.
    pending: VecDeque<(u64, Result<String, &'static str>)>,
    record: String,
    /// The line is a separator line, if it is the first.
    expects_separator_line: bool,
}

/// A record.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The number of its first line.
    pub line: u64,
    /// Its text; empty if the line cannot be read.
    pub text: &'a str,
    pub fault: Option<&'static str>,
}

impl<R: BufRead> Records<R> {
    pub fn new(input: R, dialect: Dialect) -> Self {
        Self {
            lines: Lines::new(input, dialect.line_break),
            separator: dialect.separator,
            pending: VecDeque::new(),
            record: String::new(),
            expects_separator_line: dialect.has_separator_line,
        }
    }

    /// What the records are read from.
    pub fn input(&self) -> &R {
        self.lines.input()
    }

    /// The next record that is not blank.
    pub fn next_record(&mut self) -> io::Result<Option<Record<'_>>> {
        loop {
            self.record.clear();
            let line = match self.take_line()? {
                None => return Ok(None),
                Some((line, Err(fault))) => return Ok(Some(Record { line, text: "", fault: Some(fault) })),
                Some((line, Ok(()))) => line,
            };
            if self.record.trim().is_empty() {
                continue;
            }
            if std::mem::take(&mut self.expects_separator_line) && separator_line(&self.record).is_some() {
                continue;
            }
            let first = self.record.len();
            let is_whole = match quotes_after(&self.record, self.separator, false) {
                Quotes::Closed | Quotes::Odd => true,
                Quotes::Open => self.join()?,
            };
            if !is_whole {
                self.record.truncate(first);
            }
            return Ok(Some(Record { line, text: &self.record, fault: (!is_whole).then_some(NOT_CLOSED) }));
        }
    }

    /// Appends the next line to the record, and returns its number or its fault.
    fn take_line(&mut self) -> io::Result<Option<(u64, Result<(), &'static str>)>> {
        if let Some((number, line)) = self.pending.pop_front() {
            return Ok(Some((number, line.map(|line| self.record.push_str(&line)))));
        }
        let line = self.lines.next_of_all()?;
        Ok(line.map(|(number, line)| (number, line.map(|line| self.record.push_str(line)))))
    }

    /// Appends lines until the quote is closed, and tells whether it was. Otherwise these lines are pending.
    fn join(&mut self) -> io::Result<bool> {
        let mut joined = Vec::new();
        let mut fault = None;
        while joined.len() < MAX_LINES && self.record.len() < MAX_LINE_BYTES {
            let start = self.record.len() + 1;
            self.record.push('\n');
            match self.take_line()? {
                None => break,
                Some((number, Err(reason))) => {
                    fault = Some((number, Err(reason)));
                    break;
                }
                Some((number, Ok(()))) => joined.push((number, start)),
            }
            match quotes_after(&self.record[start..], self.separator, true) {
                Quotes::Closed => return Ok(true),
                Quotes::Open => {}
                Quotes::Odd => break,
            }
        }
        let ends = joined.iter().skip(1).map(|(_, start)| start - 1).chain([self.record.len()]);
        let lines =
            joined.iter().zip(ends).map(|((number, start), end)| (*number, Ok(self.record[*start..end].to_owned())));
        for line in lines.chain(fault).collect::<Vec<_>>().into_iter().rev() {
            self.pending.push_front(line);
        }
        Ok(false)
    }
}

/// What the quotes of a line come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quotes {
    Closed,
    /// The last cell goes on in the next line.
    Open,
    /// A quote is closed within a cell: it was not the end of a quoted cell.
    Odd,
}

/// The state of quotes at the end of a line; `is_quoted` is that at its beginning. As RFC 4180 §2 has it: a quote opens a cell
/// at its beginning only, and two quotes in a quoted cell are one of its text.
fn quotes_after(line: &str, separator: u8, mut is_quoted: bool) -> Quotes {
    if !line.contains('"') {
        return if is_quoted { Quotes::Open } else { Quotes::Closed };
    }
    let mut is_odd = false;
    let mut is_start = true;
    let mut bytes = line.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if is_quoted {
            if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                is_quoted = false;
                is_start = false;
                is_odd |= bytes.peek().is_some_and(|next| *next != separator);
            }
        } else if byte == separator {
            is_start = true;
        } else {
            is_quoted = is_start && byte == b'"';
            is_start = false;
        }
    }
    match (is_odd, is_quoted) {
        (true, _) => Quotes::Odd,
        (false, true) => Quotes::Open,
        (false, false) => Quotes::Closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(u64, Result<String, &'static str>)> {
        let mut records = Records::new(text.as_bytes(), Dialect::of(text));
        let mut all = Vec::new();
        while let Some(Record { line, text, fault }) = records.next_record().unwrap() {
            all.push((line, fault.map_or(Ok(text.to_owned()), Err)));
        }
        all
    }

    #[test]
    fn a_quoted_cell_goes_on_in_the_next_lines() {
        let text = "a,b\r\n\"x\r\n\r\ny\",\"z\"\"\r\n\"\r\nc,d\r\n";
        let expected = [(1, "a,b"), (2, "\"x\n\ny\",\"z\"\"\n\""), (6, "c,d")];
        assert_eq!(records(text), expected.map(|(number, record)| (number, Ok(record.to_owned()))));
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_own_line_only() {
        for open in ["\"open,x", "x,\"open"] {
            let text = format!("a,b\n{open}\n1,2\n\"3\",\"4\"\n5,\"6\"\n");
            let expected =
                [(1, Ok("a,b")), (2, Err(NOT_CLOSED)), (3, Ok("1,2")), (4, Ok("\"3\",\"4\"")), (5, Ok("5,\"6\""))];
            assert_eq!(records(&text), expected.map(|(number, record)| (number, record.map(str::to_owned))));
        }
        let long = format!("\"open\n{}", "x\n".repeat(MAX_LINES * 3));
        assert_eq!(records(&long).len(), 1 + MAX_LINES * 3);
    }

    #[test]
    fn hostile_quotes_are_read_in_bounded_work() {
        let text = "x\",\"\n".repeat(20_000);
        assert_eq!(records(&text).len(), 20_000);
        assert_eq!(records("\"").len(), 1);
    }

    #[test]
    fn the_line_that_names_the_separator_is_no_record() {
        assert_eq!(records("sep=;\na;b\n"), [(2, Ok("a;b".to_owned()))]);
        assert_eq!(records("a;b\nsep=;\n").len(), 2);
    }
}

//! Writes the records that were refused, each with its reason, to be corrected and imported again.

use crate::table::{Cells, Dialect};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// The column or key with the reason. An import ignores it.
pub const REASON: &str = "rejected_reason";

/// The format of a file of refused records: that of the file that they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RejectedFormat {
    Table {
        dialect: Dialect,
        /// The names of the columns; `None` if the table has none.
        names: Option<Vec<String>>,
        /// The number of columns.
        columns: usize,
        /// Whether spreadsheets need a byte order mark to know the encoding.
        has_mark: bool,
    },
    Json,
}

impl RejectedFormat {
    /// The extension of such a file.
    pub fn extension(&self) -> &'static str {
        match self {
            Self::Table { .. } => "csv",
            Self::Json => "ndjson",
        }
    }
}

/// Writes refused records.
pub struct RejectedWriter<W> {
    out: W,
    format: RejectedFormat,
    cells: Cells,
    /// The column of the reasons of an earlier import, which are left out.
    former: Option<usize>,
}

impl<W: Write> RejectedWriter<W> {
    pub fn new(mut out: W, format: RejectedFormat) -> io::Result<Self> {
        let mut former = None;
        let mut separator = b',';
        if let RejectedFormat::Table { dialect, names, has_mark, .. } = &format {
            separator = dialect.separator;
            if *has_mark {
                out.write_all("\u{feff}".as_bytes())?;
            }
            if let Some(names) = names {
                former = names.iter().position(|name| name == REASON);
                let names: Vec<&str> = without(names.iter().map(String::as_str), former);
                write_row(&mut out, separator, [REASON].into_iter().chain(names))?;
            }
        }
        Ok(Self { out, format, cells: Cells::new(separator), former })
    }

    /// Writes a record, which is as the file has it.
    pub fn write(&mut self, record: &str, reason: &str) -> io::Result<()> {
        match &self.format {
            RejectedFormat::Json => {
                let Ok(mut object) = serde_json::from_str::<Map<String, Value>>(record) else {
                    return writeln!(self.out, "{record}");
                };
                object.remove(REASON);
                write!(self.out, "{{\"{REASON}\":{}", Value::from(reason))?;
                for (key, value) in object {
                    write!(self.out, ",{}:{value}", Value::from(key))?;
                }
                writeln!(self.out, "}}")
            }
            RejectedFormat::Table { dialect, names, columns, .. } => {
                let separator = dialect.separator;
                let cells = self.cells.split(record).map(|cells| without(cells.into_iter(), self.former));
                match (cells, names) {
                    (Ok(cells), Some(_)) => write_row(&mut self.out, separator, [reason].into_iter().chain(cells)),
                    (Ok(cells), None) => {
                        let padding = columns.saturating_sub(cells.len());
                        let padded = cells.into_iter().chain(std::iter::repeat_n("", padding));
                        write_row(&mut self.out, separator, padded.chain([reason]))
                    }
                    (Err(_), _) => writeln!(self.out, "{record}"),
                }
            }
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The cells without that of a column.
fn without<'a>(cells: impl Iterator<Item = &'a str>, column: Option<usize>) -> Vec<&'a str> {
    cells.enumerate().filter(|(at, _)| Some(*at) != column).map(|(_, cell)| cell).collect()
}

/// Writes a row of a table (RFC 4180 §2).
fn write_row<'a>(out: &mut impl Write, separator: u8, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.write_all(&[separator])?;
        }
        if cell.bytes().any(|byte| byte == separator || matches!(byte, b'"' | b'\r' | b'\n')) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: RejectedFormat, records: &[(&str, &str)]) -> String {
        let mut out = Vec::new();
        let mut writer = RejectedWriter::new(&mut out, format).unwrap();
        for (record, reason) in records {
            writer.write(record, reason).unwrap();
        }
        writer.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn table(head: &str, names: Option<&[&str]>) -> RejectedFormat {
        let names = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        RejectedFormat::Table { dialect: Dialect::of(head), names, columns: 3, has_mark: false }
    }

    #[test]
    fn a_refused_row_has_its_reason_in_front() {
        let format = table("a;b", Some(&["Username", "E-Mail"]));
        let records = [("ada;\"a;\"\"b\"", "email; is bad"), ("x\ry", "has a carriage return in the middle")];
        let expected = "rejected_reason;Username;E-Mail\n\"email; is bad\";ada;\"a;\"\"b\"\nx\ry\n";
        assert_eq!(written(format, &records), expected);
    }

    #[test]
    fn the_reason_of_an_earlier_import_is_replaced() {
        let format = table("a,b", Some(&["rejected_reason", "username"]));
        assert_eq!(written(format, &[("old,ada", "new")]), "rejected_reason,username\nnew,ada\n");
        let record = r#"{"rejected_reason": "old", "username": "ada"}"#;
        let expected = "{\"rejected_reason\":\"new \\\"\",\"username\":\"ada\"}\n";
        assert_eq!(written(RejectedFormat::Json, &[(record, "new \"")]), expected);
    }

    #[test]
    fn a_row_of_a_table_without_names_keeps_its_columns() {
        assert_eq!(written(table("a,b", None), &[("1,2", "bad")]), "1,2,,bad\n");
    }

    #[test]
    fn what_is_no_object_is_written_as_it_is() {
        let records = [("{}", "username is missing"), ("{\"a\"", "is not JSON")];
        assert_eq!(written(RejectedFormat::Json, &records), "{\"rejected_reason\":\"username is missing\"}\n{\"a\"\n");
    }
}

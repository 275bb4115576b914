//! Tables: CSV, and what spreadsheets and databases make of it.

mod cells;
mod dialect;
mod header;
mod records;

pub use cells::Cells;
pub use dialect::Dialect;
pub use records::Records;

use self::{header::Header, records::Record};
use crate::{
    Each, FileFault,
    mapping::Mapping,
    report::RejectedFormat,
    sources::{Row, Settings, TableSource, normalized},
    user::{Draft, Field, Value},
};
use std::io::BufRead;

/// A table, after its header was read.
pub struct Table {
    dialect: Dialect,
    source: &'static dyn TableSource,
    header: Header,
    /// Records before the first row.
    skipped: usize,
}

/// The cells of the first row that is not blank, normalized, by which a source recognizes its tables.
pub fn first_row(head: &str, dialect: Dialect) -> Vec<String> {
    let mut records = Records::new(head.as_bytes(), dialect);
    let mut cells = Cells::new(dialect.separator);
    while let Ok(Some(record)) = records.next_record() {
        let cells = cells.split(record.text).unwrap_or_default();
        if !is_blank(&cells) {
            return cells.into_iter().map(normalized).collect();
        }
    }
    Vec::new()
}

/// Whether a row has no values, as spreadsheets leave them around a table.
fn is_blank(cells: &[&str]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// The cells of a record.
fn split<'c>(cells: &'c mut Cells, record: &Record<'_>) -> Result<Vec<&'c str>, &'static str> {
    record.fault.map_or_else(|| cells.split(record.text), Err)
}

impl Table {
    /// Reads the rows before the first user.
    ///
    /// # Errors
    /// The columns cannot be read.
    pub fn open<R: BufRead>(
        records: &mut Records<R>,
        dialect: Dialect,
        source: &'static dyn TableSource,
        mapping: &Mapping,
    ) -> Result<Self, FileFault> {
        if let Some(columns) = source.columns_without_header() {
            let header = Header::of_positions(columns, source, mapping).map_err(FileFault::Content)?;
            return Ok(Self { dialect, source, header, skipped: 0 });
        }
        let mut cells = Cells::new(dialect.separator);
        let mut skipped = 0;
        while let Some(record) = records.next_record()? {
            let at_line = |fault: &str| FileFault::at_line(record.line, fault);
            let cells = split(&mut cells, &record).map_err(at_line)?;
            skipped += 1;
            if is_blank(&cells) {
                continue;
            }
            let names: Vec<String> = cells.iter().map(|cell| normalized(cell)).collect();
            if !source.is_preamble(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
                let header = Header::of_names(&cells, source, mapping).map_err(|fault| at_line(&fault))?;
                let table = Self { dialect, source, header, skipped };
                table.expect_known(mapping).map_err(|fault| at_line(&fault))?;
                return Ok(table);
            }
        }
        Err(FileFault::Content("the file is empty: its first line must name the columns".to_owned()))
    }

    /// Refuses a table of our own format, all whose columns must be known.
    fn expect_known(&self, mapping: &Mapping) -> Result<(), String> {
        if !self.source.is_strict() {
            return Ok(());
        }
        if !self.header.unknown.is_empty() && !mapping.ignores_unknown() {
            return Err(crate::unknown::fault("column", &self.header.unknown));
        }
        if !self.header.has(Field::Email) {
            return Err("column email is missing; if it has another name, say so with --column THEIRS=email".to_owned());
        }
        Ok(())
    }

    /// Passes over the rows before the first user, of which [`Table::open`] has read the others.
    pub fn skip_header<R: BufRead>(&self, records: &mut Records<R>) -> Result<(), FileFault> {
        for _ in 0..self.skipped {
            records.next_record()?;
        }
        Ok(())
    }

    /// Reads the rows.
    pub fn read<R: BufRead>(
        &self,
        records: &mut Records<R>,
        settings: &Settings,
        each: &mut Each<'_>,
    ) -> Result<(), FileFault> {
        let mut cells = Cells::new(self.dialect.separator);
        while let Some(record) = records.next_record()? {
            let flow = match split(&mut cells, &record) {
                Err(fault) => each(record.line, record.text, Err(fault.to_owned())),
                Ok(cells) if is_blank(&cells) => continue,
                Ok(cells) => {
                    let draft = self.header.fits(&cells).map(|()| self.draft(&cells, settings));
                    each(record.line, record.text, draft)
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn draft<'a>(&'a self, cells: &'a [&'a str], settings: &'a Settings) -> Draft<'a> {
        let mut draft = Draft::default();
        self.source.read(&Row::new(self.header.names(), cells), settings, &mut draft);
        for (at, field) in self.header.mapped() {
            draft.set_mapped(*field, cells.get(*at).map_or(Value::Absent, |cell| Value::of_cell(cell)), settings);
        }
        draft
    }

    /// The format in which to write refused rows.
    pub fn rejected_format(&self, has_mark: bool) -> RejectedFormat {
        RejectedFormat::Table {
            dialect: self.dialect,
            names: self.header.written().map(<[String]>::to_vec),
            columns: self.header.names().len(),
            has_mark,
        }
    }

    /// The columns that are ignored because nobody knows them, escaped.
    pub fn unknown(&self) -> &[String] {
        &self.header.unknown
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether some column is known to have a field.
    pub fn has(&self, field: Field) -> bool {
        self.header.has(field)
    }
}

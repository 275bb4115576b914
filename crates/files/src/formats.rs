//! Reading and writing lines of CSV (RFC 4180) and NDJSON.

use crate::{
    faults::Faults,
    fields::{FIELDS, Values, position},
    formula::{escaped, unescaped},
};
use serde::Serializer as _;
use serde_json::Value;
use std::io::{self, Write};
use usher_domain::JsonObject;

const EMPTY: Values = [const { Value::Null }; FIELDS.len()];
const EMAIL_VERIFIED: &str = "email_verified";
/// Maximum number of characters of an unknown name in an error.
const MAX_QUOTED_CHARS: usize = 40;

/// The columns of a CSV file.
pub struct Header {
    /// The position in [`FIELDS`] of each column's field.
    fields: Vec<usize>,
}

impl Header {
    /// Reads the line that names the columns.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut columns = Vec::new();
        for name in &cells(line)? {
            let Some(field) = position(name) else {
                return Err(format!("unknown column {}; the columns are {}", quoted(name), FIELDS.join(", ")));
            };
            if columns.contains(&field) {
                return Err(format!("column {name} is duplicated"));
            }
            columns.push(field);
        }
        for required in ["username", "email"] {
            if !columns.iter().any(|field| FIELDS[*field] == required) {
                return Err(format!("column {required} is missing"));
            }
        }
        Ok(Self { fields: columns })
    }

    /// Reads a line of values. An empty value is a missing one.
    pub fn read(&self, line: &str) -> Result<Values, String> {
        let cells = cells(line)?;
        if cells.len() != self.fields.len() {
            return Err(format!("has {} values for {} columns", cells.len(), self.fields.len()));
        }
        let mut values = EMPTY;
        for (field, cell) in self.fields.iter().zip(&cells) {
            values[*field] = match cell {
                "" => Value::Null,
                "true" if FIELDS[*field] == EMAIL_VERIFIED => true.into(),
                "false" if FIELDS[*field] == EMAIL_VERIFIED => false.into(),
                text => unescaped(text).into(),
            };
        }
        Ok(values)
    }
}

/// The cells of a line. Values have no line breaks, so each line is read separately, and an unclosed quote does not affect
/// other lines.
fn cells(line: &str) -> Result<csv::StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).buffer_capacity(line.len() + 1);
    let mut reader = reader.from_reader(io::Read::chain(line.as_bytes(), &b"\n"[..]));
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| format!("is not CSV: {error}"))?;
    if record.iter().any(|cell| cell.contains('\n')) {
        return Err("has a quote that is not closed".to_owned());
    }
    if reader.read_record(&mut csv::StringRecord::new()).unwrap_or(true) {
        return Err("has a carriage return in the middle".to_owned());
    }
    Ok(record)
}

/// Reads a line of NDJSON with a user.
pub fn read_json(line: &str) -> Result<Values, String> {
    let mut faults = Faults::default();
    let values = members(line, &FIELDS, &mut faults)?;
    faults.finish(Some(values))
}

/// The values of a line of NDJSON, in the order of `keys`; null if a value is missing.
///
/// # Errors
/// The line is not a JSON object.
pub(crate) fn members<const N: usize>(line: &str, keys: &[&str; N], faults: &mut Faults) -> Result<[Value; N], String> {
    // serde's message about a value of the wrong type may contain the value, which may be a secret.
    let JsonObject { members } = serde_json::from_str(line).map_err(|error| {
        if error.is_data() {
            "is not a JSON object".to_owned()
        } else {
            format!("is not JSON at column {}", error.column())
        }
    })?;
    let mut values = [const { Value::Null }; N];
    let mut seen = [false; N];
    for (key, value) in members {
        let Some(at) = keys.iter().position(|known| *known == key) else {
            faults.add(format!("unknown key {}", quoted(&key)));
            continue;
        };
        if std::mem::replace(&mut seen[at], true) {
            faults.add(format!("key {key} is duplicated"));
            continue;
        }
        values[at] = value;
    }
    Ok(values)
}

/// An untrusted text, escaped so that it is safe for a terminal.
pub(crate) fn quoted(text: &str) -> String {
    let mut start: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("{start:?}")
}

/// Writes lines of CSV or NDJSON.
pub enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W),
}

impl<W: Write> Writer<W> {
    /// Starts CSV and writes the names of these columns.
    pub fn csv(out: W, columns: &[&str]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    /// Writes a line with the values of the first fields.
    pub fn write(&mut self, values: &[Value]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                let mut cells = values.iter().map(|value| match value {
                    Value::Null => "".into(),
                    Value::Bool(true) => "true".into(),
                    Value::Bool(false) => "false".into(),
                    value => escaped(value.as_str().unwrap_or_default()),
                });
                cells.try_for_each(|cell| writer.write_field(&*cell))?;
                Ok(writer.write_record(None::<&[u8]>)?)
            }
            Self::Ndjson(out) => {
                serde_json::Serializer::new(&mut *out).collect_map(FIELDS.iter().zip(values))?;
                out.write_all(b"\n")
            }
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer) => writer.flush(),
            Self::Ndjson(out) => out.flush(),
        }
    }
}

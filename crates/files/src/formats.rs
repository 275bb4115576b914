//! Lines of CSV (RFC 4180) and of NDJSON, read and written.

use crate::fields::{FIELDS, Values, position};
use serde::{
    Deserialize, Deserializer, Serializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::{
    fmt,
    io::{self, Write},
};

const EMPTY: Values = [const { Value::Null }; FIELDS.len()];
const EMAIL_VERIFIED: &str = "email_verified";
/// Most characters of a stranger's name for a column that are said back.
const NAME: usize = 40;

/// The columns of a CSV file: which field each holds.
pub struct Header(Vec<usize>);

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
        Ok(Self(columns))
    }

    /// Reads a line below it. An empty value is none.
    pub fn read(&self, line: &str) -> Result<Values, String> {
        let cells = cells(line)?;
        if cells.len() != self.0.len() {
            return Err(format!("has {} values for {} columns", cells.len(), self.0.len()));
        }
        let mut values = EMPTY;
        for (field, cell) in self.0.iter().zip(&cells) {
            values[*field] = match cell {
                "" => Value::Null,
                "true" if FIELDS[*field] == EMAIL_VERIFIED => true.into(),
                "false" if FIELDS[*field] == EMAIL_VERIFIED => false.into(),
                text => text.into(),
            };
        }
        Ok(values)
    }
}

/// The cells of a line. No value has a line break, so each line is read by itself, and a quote that is left open spoils no
/// other line.
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
        return Err("has a carriage return in its midst".to_owned());
    }
    Ok(record)
}

/// A JSON object in the order in which it was written, doubles kept so that they can be named.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Reads a line of NDJSON.
pub fn read_json(line: &str) -> Result<Values, String> {
    // What serde says of a value of the wrong kind may repeat it, and it may be a secret.
    let Members(members) = serde_json::from_str(line).map_err(|error| {
        if error.is_data() {
            "is no JSON object".to_owned()
        } else {
            format!("is not JSON at column {}", error.column())
        }
    })?;
    let mut values = EMPTY;
    let mut seen = [false; FIELDS.len()];
    for (key, value) in members {
        let Some(field) = position(&key) else {
            return Err(format!("unknown key {}", quoted(&key)));
        };
        if std::mem::replace(&mut seen[field], true) {
            return Err(format!("key {key} is duplicated"));
        }
        values[field] = value;
    }
    Ok(values)
}

/// Somebody's text, such that it does nothing to a terminal.
fn quoted(text: &str) -> String {
    let mut start: String = text.chars().take(NAME).collect();
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
    /// CSV with these columns, whose names are written at once.
    pub fn csv(out: W, columns: &[&str]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns)?;
        Ok(Self::Csv(Box::new(writer)))
    }

    /// Writes the values of the first of the fields.
    pub fn write(&mut self, values: &[Value]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                let cells = values.iter().map(|value| match value {
                    Value::Null => "",
                    Value::Bool(true) => "true",
                    Value::Bool(false) => "false",
                    value => value.as_str().unwrap_or_default(),
                });
                Ok(writer.write_record(cells)?)
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

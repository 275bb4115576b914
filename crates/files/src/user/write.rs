//! Writes users as this service reads them again.

use super::Field;
use crate::formula::escaped;
use chrono::{DateTime, Utc};
use serde::Serializer as _;
use serde_json::Value;
use std::io::{self, Write};
use usher_domain::{EmailAddress, ExternalId, clock};
use usher_persistence::UserRecord;

/// How many of the fields are written: all but the secret of an authenticator app, which never leaves the service.
pub const WRITTEN: usize = Field::ALL.len() - 1;

/// The values of a user, in the order of [`Field::ALL`].
pub fn values(user: UserRecord) -> [Value; WRITTEN] {
    let time = |time: DateTime<Utc>| Value::from(clock::format_time(time));
    [
        user.id.to_string().into(),
        user.external_id.as_ref().map(ExternalId::as_str).into(),
        user.username.as_str().into(),
        user.email.as_str().into(),
        user.email_verified.into(),
        user.pending_email.as_ref().map(EmailAddress::as_str).into(),
        user.role.as_str().into(),
        user.status.as_str().into(),
        time(user.created_at),
        time(user.updated_at),
        user.last_login_at.map(time).into(),
        user.password_hash.into(),
    ]
}

/// Writes lines of CSV (RFC 4180) or NDJSON.
pub enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W),
}

impl<W: Write> Writer<W> {
    /// Starts CSV and writes the names of these columns.
    pub fn csv(out: W, columns: &[Field]) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns.iter().map(|field| field.name()))?;
        Ok(Self::Csv(Box::new(writer)))
    }

    /// Writes a line with the values of the first fields.
    pub fn write(&mut self, values: &[Value]) -> io::Result<()> {
        match self {
            Self::Csv(writer) => {
                let cells = values.iter().map(|value| match value {
                    Value::Null => "".into(),
                    Value::Bool(true) => "true".into(),
                    Value::Bool(false) => "false".into(),
                    value => escaped(value.as_str().unwrap_or_default()),
                });
                for cell in cells {
                    writer.write_field(&*cell)?;
                }
                Ok(writer.write_record(None::<&[u8]>)?)
            }
            Self::Ndjson(out) => {
                serde_json::Serializer::new(&mut *out).collect_map(Field::ALL.map(Field::name).iter().zip(values))?;
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

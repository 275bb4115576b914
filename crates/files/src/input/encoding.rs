//! The encodings of files.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// An encoding of the WHATWG's Encoding Standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding(pub(super) &'static encoding_rs::Encoding);

impl Encoding {
    pub const UTF_8: Self = Self(UTF_8);
    pub(super) const UTF_16LE: Self = Self(UTF_16LE);
    pub(super) const UTF_16BE: Self = Self(UTF_16BE);
    /// What Windows calls ANSI in western Europe and America.
    pub(super) const WINDOWS_1252: Self = Self(WINDOWS_1252);

    /// The encoding of a label, such as `windows-1252`, `latin1` or `utf-16`.
    pub fn from_label(label: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label(label.as_bytes()).map(Self)
    }

    /// Its name for people.
    pub fn name(self) -> String {
        self.0.name().replacen("windows", "Windows", 1)
    }
}

/// What a file is that begins with these bytes, and what to do, if it is not text.
pub fn not_text(start: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &'static str); 5] = [
        (b"PK\x03\x04", "is a workbook (.xlsx, .ods) or another ZIP archive; save it as CSV UTF-8 first"),
        (b"\xd0\xcf\x11\xe0", "is a workbook (.xls); save it as CSV UTF-8 first"),
        (b"\x1f\x8b", "is compressed; unpack it first (gunzip)"),
        (b"PGDMP", "is a dump of Postgres; copy the table of users as CSV instead (\\copy … CSV HEADER)"),
        (
            b"SQLite format 3\0",
            "is a database of SQLite; write the table of users as CSV instead (sqlite3 -csv -header)",
        ),
    ];
    known.into_iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, what)| what)
}

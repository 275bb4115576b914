//! A file of users, read record by record.

mod guess;
mod sample;

use crate::{
    FileFault, Mapping,
    document::{Document, Layout},
    input::{Decoder, Encoding, not_text},
    report::{Faults, RejectedFormat},
    sources::{DocumentSource, Settings, Source},
    table::{Dialect, Records, Table},
    unknown::Unknown,
    user::{Draft, FileUser, check},
    usernames::Naming,
};
use chrono::{DateTime, Utc};
use std::{
    io::{BufRead, Read},
    ops::ControlFlow,
};

/// What the person who imports says about the file. All of it can be left to be guessed.
#[derive(Default)]
pub struct Options {
    pub source: Option<Source>,
    pub format: Option<Format>,
    pub encoding: Option<Encoding>,
    pub mapping: Mapping,
    pub naming: Naming,
    pub settings: Settings,
}

/// The format of a file of users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Rows of cells, with any of the usual separators.
    Csv,
    /// An object on each line, or a document.
    Json,
}

/// A file of users, after its beginning was looked at.
pub struct UserFile<R> {
    content: Content<R>,
    source: Source,
    options: Options,
    unknown: Unknown,
}

enum Content<R> {
    Table(Records<Decoder<R>>, Table),
    Json(Decoder<R>, Layout, &'static dyn DocumentSource),
}

/// A record of a file.
pub struct Entry<'a> {
    /// The number of its first line.
    pub line: u64,
    /// Its text: the lines of a table, or an object in one line.
    pub text: &'a str,
    pub outcome: Outcome,
    /// What of the user cannot come along.
    pub left_behind: Vec<&'static str>,
}

/// What a record is.
pub enum Outcome {
    User(Box<FileUser>),
    /// Something else, which its source passes over.
    Skipped(&'static str),
    Refused(Faults),
}

impl<R: Read> UserFile<R> {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// A cause that concerns the whole file.
    pub fn open(input: R, options: Options) -> Result<Self, FileFault> {
        let mut decoder = Decoder::new(input, options.encoding);
        if let Some(what) = not_text(decoder.first_bytes()?) {
            return Err(FileFault::Content(format!("the file {what}")));
        }
        let head = String::from_utf8_lossy(decoder.fill_buf()?).into_owned();
        let (content, source) = match options.format.unwrap_or_else(|| guess::format(&head)) {
            Format::Csv => {
                let dialect = Dialect::of(&head);
                let (source, reader) = guess::table_source(&head, dialect, options.source)?;
                let mut records = Records::new(decoder, dialect);
                let table = Table::open(&mut records, dialect, reader, &options.mapping)?;
                (Content::Table(records, table), source)
            }
            Format::Json => {
                let (source, reader, layout) = guess::document_source(&head, options.source)?;
                (Content::Json(decoder, layout, reader), source)
            }
        };
        let file = Self { content, source, options, unknown: Unknown::default() };
        file.check_sample(&head)?;
        Ok(file)
    }

    /// Reads all records. `now` is the current time.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    pub fn read(
        &mut self,
        now: impl Fn() -> DateTime<Utc>,
        each: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), FileFault> {
        let naming = self.options.naming;
        let mut each = |line, text: &str, draft: Result<Draft<'_>, String>| {
            let (outcome, left_behind) = match draft {
                Err(fault) => (Outcome::Refused(fault.into()), Vec::new()),
                Ok(draft) => outcome(draft, naming, now()),
            };
            each(Entry { line, text, outcome, left_behind })
        };
        match &mut self.content {
            Content::Table(records, table) => table.read(records, &self.options.settings, &mut each),
            Content::Json(decoder, layout, source) => {
                let document = Document { layout: *layout, source: *source, mapping: &self.options.mapping };
                document.read(decoder, &self.options.settings, &mut self.unknown, &mut each)
            }
        }
    }

    /// What was guessed about the file, if it is not the usual: complete when the file has been read.
    pub fn description(&self) -> Option<String> {
        let source =
            (self.options.source.is_none() && self.source != Source::Usher).then(|| self.source.title().to_owned());
        let (decoder, form) = match &self.content {
            Content::Table(records, table) => (records.input(), table.dialect().describe()),
            Content::Json(decoder, layout, _) => (decoder, layout.describe()),
        };
        let encoding = decoder.encoding().map(Encoding::name);
        let parts: Vec<String> = [source, form.map(str::to_owned), encoding].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("read as {}", parts.join(", ")))
    }

    /// The columns and keys that are ignored because nobody knows them, escaped: complete when the file has been read.
    pub fn ignored(&self) -> Vec<String> {
        match &self.content {
            Content::Table(_, table) => table.unknown().to_vec(),
            // Such records were refused.
            Content::Json(_, _, source) if source.is_strict() && !self.options.mapping.ignores_unknown() => Vec::new(),
            Content::Json(..) => self.unknown.names(),
        }
    }

    /// The format in which to write refused records.
    pub fn rejected_format(&self) -> RejectedFormat {
        match &self.content {
            Content::Table(records, table) => {
                let decoder = records.input();
                table.rejected_format(decoder.had_mark() || decoder.encoding().is_some())
            }
            Content::Json(..) => RejectedFormat::Json,
        }
    }
}

/// What a draft comes to, and what cannot come along.
fn outcome(mut draft: Draft<'_>, naming: Naming, now: DateTime<Utc>) -> (Outcome, Vec<&'static str>) {
    let (left_behind, skipped) = draft.notes();
    if let Some(what) = skipped {
        return (Outcome::Skipped(what), Vec::new());
    }
    let usernames = naming.usernames(&draft);
    match check(draft, usernames, now) {
        Ok(user) => (Outcome::User(Box::new(user)), left_behind),
        Err(faults) => (Outcome::Refused(faults), Vec::new()),
    }
}

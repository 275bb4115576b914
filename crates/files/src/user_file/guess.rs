//! What a file is, as far as its beginning tells.

use super::Format;
use crate::{
    FileFault,
    document::{Layout, Outline},
    sources::{DocumentSource, Source, TableSource},
    table::{Dialect, first_row},
};

/// Whether a file is JSON.
pub fn format(head: &str) -> Format {
    if head.trim_start().starts_with(['{', '[']) { Format::Json } else { Format::Csv }
}

/// The source of a table: the one that was given, or the one that recognizes the first row, or our own format.
pub fn table_source(
    head: &str,
    dialect: Dialect,
    given: Option<Source>,
) -> Result<(Source, &'static dyn TableSource), FileFault> {
    let first = first_row(head, dialect);
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let recognized =
        || Source::ALL.into_iter().find(|source| source.table().is_some_and(|table| table.recognizes(&first)));
    let source = given.or_else(recognized).unwrap_or(Source::Usher);
    let table = source.table().ok_or_else(|| wrong_format(source, "a table", "JSON"))?;
    Ok((source, table))
}

/// The source of a document, likewise, and where its users are.
pub fn document_source(
    head: &str,
    given: Option<Source>,
) -> Result<(Source, &'static dyn DocumentSource, Layout), FileFault> {
    let outline = Outline::of(head);
    let source = given.or_else(|| recognized(head, &outline)).unwrap_or(Source::Usher);
    let document = source.document().ok_or_else(|| wrong_format(source, "JSON", "a table (CSV)"))?;
    Ok((source, document, outline.layout(head, document.members())))
}

/// The source that recognizes the keys of a document, or those of the first user in it.
fn recognized(head: &str, outline: &Outline) -> Option<Source> {
    let recognizes = |source: Source, keys: &[String]| {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        source.document().is_some_and(|json| json.recognizes(&keys))
    };
    let first_user = |source: Source| {
        let members = source.document()?.members();
        let member = members.iter().find(|member| outline.keys.iter().any(|key| key == *member))?;
        let users = head.split_once(&format!("\"{member}\""))?.1;
        Some(Outline::of(&users[users.find('[')?..]).keys)
    };
    let all = || Source::ALL.into_iter();
    all()
        .find(|source| recognizes(*source, &outline.keys))
        .or_else(|| all().find(|source| first_user(*source).is_some_and(|keys| recognizes(*source, &keys))))
}

fn wrong_format(source: Source, found: &str, wanted: &str) -> FileFault {
    FileFault::Content(format!("the file is {found}, but users of {} are read from {wanted}", source.title()))
}

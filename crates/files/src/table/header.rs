//! The names of the columns of a table.

use crate::{
    mapping::{Mapping, Meaning},
    report::{escaped, quoted},
    sources::{Names, TableSource, normalized},
    user::Field,
};

/// The columns of a table.
pub struct Header {
    /// The names as they are written; empty if the table has no names.
    written: Vec<String>,
    /// For each column, the normalized name under which the source finds it; empty if it must not.
    names: Vec<String>,
    /// The columns that `--column` gives a field.
    mapped: Vec<(usize, Field)>,
    /// Columns that neither the source nor `--column` knows, escaped.
    pub unknown: Vec<String>,
}

impl Header {
    /// The columns that the first row names.
    ///
    /// # Errors
    /// The same name twice.
    pub fn of_names(cells: &[&str], source: &dyn TableSource, mapping: &Mapping) -> Result<Self, String> {
        let written = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let names: Vec<String> = cells.iter().map(|cell| normalized(cell)).collect();
        Self::new(written, &names, source.columns(), mapping)
    }

    /// The columns of a table without names.
    pub fn of_positions(columns: &[&str], source: &dyn TableSource, mapping: &Mapping) -> Result<Self, String> {
        let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Vec::new(), &names, source.columns(), mapping)
    }

    fn new(written: Vec<String>, names: &[String], known: Names, mapping: &Mapping) -> Result<Self, String> {
        let mut header = Self { written, names: Vec::new(), mapped: Vec::new(), unknown: Vec::new() };
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].contains(name) {
                return Err(format!("column {} is duplicated", escaped(header.label(at, name))));
            }
            let is_read = match mapping.of_column(name) {
                Some(Meaning::Field(field)) => {
                    header.mapped.push((at, field));
                    false
                }
                Some(Meaning::Ignored) => false,
                None if known.has(name) => true,
                None => {
                    match Field::of_normalized(name) {
                        // A column that was added to the table of another system.
                        Some(field) => header.mapped.push((at, field)),
                        None if name.is_empty() => {}
                        None => header.unknown.push(quoted(header.label(at, name))),
                    }
                    false
                }
            };
            header.names.push(if is_read { name.clone() } else { String::new() });
        }
        Ok(header)
    }

    /// The name of a column as it is written.
    fn label<'a>(&'a self, at: usize, name: &'a str) -> &'a str {
        self.written.get(at).map_or(name, |written| written.trim())
    }

    /// The names as they are written; `None` if the table has none.
    pub fn written(&self) -> Option<&[String]> {
        (!self.written.is_empty()).then_some(&self.written)
    }

    /// The names under which the source finds the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns that have a field of their own.
    pub fn mapped(&self) -> &[(usize, Field)] {
        &self.mapped
    }

    /// Whether some column has this field, by its own name or by `--column`.
    pub fn has(&self, field: Field) -> bool {
        self.mapped.iter().any(|(_, mapped)| *mapped == field)
            || self.names.iter().any(|name| Field::of_normalized(name) == Some(field))
    }

    /// Whether a row has a cell for each column. Empty cells after the last column are ignored, as spreadsheets leave them.
    pub fn fits(&self, cells: &[&str]) -> Result<(), String> {
        let columns = self.names.len();
        let has_more = cells.iter().skip(columns).any(|cell| !cell.trim().is_empty());
        if self.written.is_empty() || (cells.len() >= columns && !has_more) {
            return Ok(());
        }
        Err(format!("has {} values for {columns} columns", cells.len()))
    }
}

//! A row of a table.

use crate::values::is_absent;

/// The cells of a row, by the names of their columns.
pub struct Row<'a> {
    columns: &'a [String],
    cells: &'a [&'a str],
}

impl<'a> Row<'a> {
    /// A row of cells; `columns` are their names, normalized.
    pub fn new(columns: &'a [String], cells: &'a [&'a str]) -> Self {
        Self { columns, cells }
    }

    /// The text of a column, by its normalized name; `None` if the table has no such column, or the cell is empty, `\N` or
    /// `NULL`.
    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.iter().find(|(name, _)| *name == column).map(|(_, text)| text)
    }

    /// All columns that have a text in this row.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let cells = self.cells.iter().map(|cell| cell.trim());
        self.columns.iter().map(String::as_str).zip(cells).filter(|(_, text)| !is_absent(text))
    }
}

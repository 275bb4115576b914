//! Cells that have no value.

/// Whether a cell has no value: it is empty, `\N` of a dump, or `NULL` of a database's shell. The word in other
/// letters is a text, such as a name.
pub fn is_absent(cell: &str) -> bool {
    matches!(cell, "" | r"\N" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_no_value_if_it_is_empty_or_null_of_a_database() {
        for (cell, expected) in
            [("", true), (r"\N", true), ("NULL", true), ("null", false), ("Null", false), (r"\n", false)]
        {
            assert_eq!(is_absent(cell), expected, "{cell:?}");
        }
    }
}

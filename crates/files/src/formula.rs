//! Cells of CSV that a spreadsheet would take for a formula. They get an apostrophe when they are written, and lose it when they
//! are read, so that no text changes on the way.

use std::borrow::Cow;

const STARTS: [char; 4] = ['=', '+', '-', '@'];

/// Whether the text, behind any apostrophes, begins like a formula.
fn looks_like_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// The cell of a text.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if looks_like_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// The text of a cell.
pub(crate) fn unescaped(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| looks_like_formula(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_begins_like_no_formula_and_its_text_is_read_again() {
        for text in ["=1+1", "+49", "-Nq", "@x", "'=1", "''-", "'", "'x", "", "a=b"] {
            let cell = escaped(text);
            assert!(!cell.starts_with(STARTS), "{text:?}");
            assert_eq!(unescaped(&cell), text);
        }
    }

    #[test]
    fn other_texts_are_their_own_cells() {
        for text in ["", "ada", "'tis", "'", "a-b", "1"] {
            assert_eq!((escaped(text).as_ref(), unescaped(text)), (text, text));
        }
        assert_eq!(unescaped("=1+1"), "=1+1", "of a file that others wrote");
    }
}

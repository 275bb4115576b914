//! How a table is written: what separates its cells and its rows.

use crate::input::LineBreak;

/// Lines that are looked at to find the separator: Entra's first line has none.
const LINES: usize = 5;
/// The separators, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    pub separator: u8,
    pub line_break: LineBreak,
    /// Whether the first line is Excel's `sep=;`.
    pub has_separator_line: bool,
}

impl Dialect {
    /// The dialect of a table that begins with this text.
    pub fn of(head: &str) -> Self {
        let line_break = if head.contains('\r') && !head.contains('\n') { LineBreak::Cr } else { LineBreak::Lf };
        let mut lines = head.split(['\r', '\n']).filter(|line| !line.trim().is_empty());
        let named = lines.clone().next().and_then(separator_line);
        let guessed = || lines.by_ref().take(LINES).find_map(most_frequent);
        let separator = named.or_else(guessed).unwrap_or(b',');
        Self { separator, line_break, has_separator_line: named.is_some() }
    }

    /// What a person may want to know of it, if it is not the usual one.
    pub fn describe(self) -> Option<&'static str> {
        match self.separator {
            b';' => Some("semicolon-separated"),
            b'\t' => Some("tab-separated"),
            b'|' => Some("separated by |"),
            _ => None,
        }
    }
}

/// The separator that a line `sep=;` names.
pub fn separator_line(line: &str) -> Option<u8> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (name, separator) = line.trim_matches('"').split_at_checked("sep=".len())?;
    let [separator] = separator.as_bytes() else { return None };
    (name.eq_ignore_ascii_case("sep=") && SEPARATORS.contains(separator)).then_some(*separator)
}

/// The separator that a line has most often outside quotes.
fn most_frequent(line: &str) -> Option<u8> {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut is_quoted = false;
    for byte in line.bytes() {
        if byte == b'"' {
            is_quoted = !is_quoted;
        } else if let Some(at) = SEPARATORS.iter().position(|separator| *separator == byte && !is_quoted) {
            counts[at] += 1;
        }
    }
    // Of those that are equally frequent, the first.
    let most = counts.into_iter().max().filter(|most| *most > 0)?;
    SEPARATORS.into_iter().zip(counts).find(|(_, count)| *count == most).map(|(separator, _)| separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_what_the_names_of_the_columns_have_between_them() {
        for (head, separator) in [
            ("username,email\n", b','),
            ("username;email;\"a,b,c\"\r\n", b';'),
            ("username\temail", b'\t'),
            ("username|email", b'|'),
            ("email\nada@example.com\n", b','),
            ("version:v1.0\r\nname;email\r\n", b';'),
            ("sep=|\r\na,b,c|d\r\n", b'|'),
            ("\"SEP=\t\"\na,b\td\n", b'\t'),
            ("", b','),
        ] {
            assert_eq!(Dialect::of(head).separator, separator, "{head:?}");
        }
    }

    #[test]
    fn lines_end_with_cr_only_if_there_is_no_lf() {
        for (head, line_break) in
            [("a,b\rc,d", LineBreak::Cr), ("a,b\r\nc,d", LineBreak::Lf), ("a,\"b\rc\"\nd,e", LineBreak::Lf)]
        {
            assert_eq!(Dialect::of(head).line_break, line_break, "{head:?}");
        }
    }

    #[test]
    fn only_a_line_of_excel_names_a_separator() {
        for line in ["sep=", "sep=;;", "sep=x", "sep;", "username"] {
            assert_eq!(separator_line(line), None, "{line:?}");
        }
    }
}

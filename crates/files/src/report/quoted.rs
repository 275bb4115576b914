//! Untrusted texts in messages.

/// Maximum number of characters of an unknown name in a message.
const MAX_CHARS: usize = 40;

/// An untrusted text in quotes, escaped so that it is safe for a terminal.
pub fn quoted(text: &str) -> String {
    let mut start: String = text.chars().take(MAX_CHARS).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    format!("{start:?}")
}

/// The same without the quotes.
pub fn escaped(text: &str) -> String {
    let quoted = quoted(text);
    quoted[1..quoted.len() - 1].to_owned()
}

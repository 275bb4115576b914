//! Finds an escape in a JSON text that is half of a surrogate pair, such as `\ud800`. JSON allows it (RFC 8259 §8.2), but it
//! is no character. The parser refuses it as an unexpected end.

/// Half of a surrogate pair, and where it is.
#[derive(Debug, PartialEq, Eq)]
pub struct UnpairedSurrogate<'a> {
    /// The escape, as it was sent.
    pub escape: &'a str,
    /// The member of the outermost object that contains it, as its name was sent; `None` if it is in a name, or in no member.
    pub member: Option<&'a str>,
}

/// The first of them. The text need not be valid JSON.
pub fn unpaired_surrogate(text: &str) -> Option<UnpairedSurrogate<'_>> {
    let (mut depth, mut member, mut at) = (0_usize, None, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let string = string(text.get(at..)?)?;
                at += string.len() + 1;
                let is_name = depth == 1 && text.get(at..)?.trim_start().starts_with(':');
                if is_name {
                    member = None;
                }
                if let Some(escape) = unpaired_escape(string) {
                    return Some(UnpairedSurrogate { escape, member });
                }
                if is_name {
                    member = Some(string);
                }
            }
            _ => {}
        }
    }
    None
}

/// The string that the text begins with, after its first quotation mark and without the last.
fn string(text: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    text.get(..end)
}

fn unpaired_escape(string: &str) -> Option<&str> {
    let mut at = 0;
    while let Some(next) = string.get(at..).and_then(|rest| rest.find('\\')) {
        at += next;
        let Some(unit) = unit(string, at) else {
            // Another escape: the backslash and one character of ASCII.
            at += 2;
            continue;
        };
        let escape = string.get(at..at + ESCAPE_LENGTH);
        match unit {
            0xd800..=0xdbff if matches!(self::unit(string, at + ESCAPE_LENGTH), Some(0xdc00..=0xdfff)) => {
                at += 2 * ESCAPE_LENGTH;
            }
            0xd800..=0xdfff => return escape,
            _ => at += ESCAPE_LENGTH,
        }
    }
    None
}

/// Bytes of `\u` and four digits.
const ESCAPE_LENGTH: usize = 6;

/// The code unit of UTF-16 whose escape is at this place, if there is one.
fn unit(string: &str, at: usize) -> Option<u16> {
    let digits = string.get(at..at + ESCAPE_LENGTH)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(&str, Option<&str>)> {
        unpaired_surrogate(text).map(|UnpairedSurrogate { escape, member }| (escape, member))
    }

    #[test]
    fn half_of_a_pair_is_found_with_its_member() {
        for (text, escape, member) in [
            (r#"{"a": "\ud800"}"#, r"\ud800", Some("a")),
            (r#"{"a": "x", "b" : "\\\" \uDC00\ud800"}"#, r"\uDC00", Some("b")),
            (r#"{"a": "\ud83d\ude00 \ud83dx"}"#, r"\ud83d", Some("a")),
            (r#"{"a": "\ud800A"}"#, r"\ud800", Some("a")),
            (r#"{"a": {"b": ["\udfff"]}}"#, r"\udfff", Some("a")),
            (r#"{"a": 1, "b\ud800": 2}"#, r"\ud800", None),
            (r#""\ud800""#, r"\ud800", None),
            (r#"{"a": "\ud800""#, r"\ud800", Some("a")),
        ] {
            assert_eq!(found(text), Some((escape, member)), "{text}");
        }
    }

    #[test]
    fn pairs_other_escapes_and_broken_texts_are_none() {
        for text in [
            r#"{"a": "\ud83d\ude00"}"#,
            r#"{"a": "\\ud800"}"#,
            r#"{"a": "jörg 😀 \u00e4 \n \/"}"#,
            r#"{"a": "\u12"}"#,
            r#"{"a": "\"#,
            r#"{"a": "\ä"}"#,
            r#"{"a": "\ud800"#,
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}

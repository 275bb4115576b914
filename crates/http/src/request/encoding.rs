//! The encoding of bodies and query strings: UTF-8 only. Anything else is refused, and never guessed.

use percent_encoding::percent_decode;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A sentence that says why these bytes are not UTF-8; `None` if they are.
pub fn fault(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(MARK) {
        return Some("The body begins with a byte order mark (BOM); send UTF-8 without it.".to_owned());
    }
    // In UTF-16 and UTF-32, a text that begins with an ASCII character has a zero beside it.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]) {
        return Some("The body seems to be UTF-16 or UTF-32; send UTF-8.".to_owned());
    }
    let error = str::from_utf8(bytes).err()?;
    Some(format!("The body is not UTF-8: the byte at offset {} is not part of a valid character.", error.valid_up_to()))
}

/// A pair of a form or of a query string.
#[derive(Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub value: String,
    /// Whether both are UTF-8. One that is not contains replacement characters.
    pub is_utf8: bool,
}

/// The pairs of `application/x-www-form-urlencoded` (WHATWG URL §5.1), with a flag for those that are not UTF-8.
pub fn pairs(bytes: &[u8]) -> impl Iterator<Item = Pair> {
    bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let [(name, name_is_utf8), (value, value_is_utf8)] =
            [(); 2].map(|()| decoded(parts.next().unwrap_or_default()));
        Pair { name, value, is_utf8: name_is_utf8 && value_is_utf8 }
    })
}

/// The text, and whether it is UTF-8.
fn decoded(part: &[u8]) -> (String, bool) {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    match String::from_utf8(percent_decode(&spaced).collect()) {
        Ok(text) => (text, true),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_encoding() {
        for (bytes, words) in [
            (&b"\xef\xbb\xbf{}"[..], "byte order mark"),
            (b"\xff\xfe{\0}\0", "UTF-16"),
            (b"\xfe\xff\0{\0}", "UTF-16"),
            (b"{\0}\0", "UTF-16"),
            (b"\0{\0}", "UTF-16"),
            (b"{\"a\": \"j\xf6rg\"}", "offset 8"),
        ] {
            let message = fault(bytes).unwrap();
            assert!(message.contains(words) && message.contains("UTF-8"), "{message}");
        }
        for good in ["", "{}", "{\"a\": \"jörg\"}", "ö"] {
            assert_eq!(fault(good.as_bytes()), None, "{good}");
        }
    }

    #[test]
    fn pairs_are_those_of_the_standard_where_they_are_utf8() {
        for text in ["", "a=1&b=2", "a=1=2&&=x&y&z=", "a+b=c+d%2B%20e", "j%C3%B6rg=%", "%zz=%f&%e2%82%ac=\u{20ac}"] {
            let all: Vec<Pair> = pairs(text.as_bytes()).collect();
            assert!(all.iter().all(|pair| pair.is_utf8), "{text}");
            let all: Vec<_> = all.into_iter().map(|pair| (pair.name, pair.value)).collect();
            assert_eq!(all, form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>(), "{text}");
        }
        let [pair] = &pairs(b"q=j%F6rg").collect::<Vec<_>>()[..] else { panic!("one pair was sent") };
        assert_eq!((pair.name.as_str(), pair.is_utf8), ("q", false));
    }
}

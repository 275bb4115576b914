//! The language of a page (`Accept-Language`, RFC 9110 §12.5.4).

use super::quality;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use usher_domain::named_enum;

named_enum! {
    /// A language that pages are in, by its tag.
    pub enum Language {
        En = "en",
        De = "de",
    }
}

/// The language that the client prefers. English, if it prefers none.
pub fn negotiate(headers: &HeaderMap) -> Language {
    let ranges = quality::ranges(headers, &ACCEPT_LANGUAGE);
    if weight(Language::De, &ranges) > weight(Language::En, &ranges) { Language::De } else { Language::En }
}

/// How much a language is preferred. A client that asks for the language of a country, such as `de-AT`, gets the language.
fn weight(language: Language, ranges: &[(String, u16)]) -> u16 {
    let of = |matches: &dyn Fn(&str) -> bool| {
        ranges.iter().filter(|(range, _)| matches(range)).map(|(_, weight)| *weight).max()
    };
    let named = of(&|range| range.split('-').next() == Some(language.as_str()));
    named.or_else(|| of(&|range| range == "*")).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_preferred_language_is_chosen_and_otherwise_english() {
        for (accept, wanted) in [
            ("de", Language::De),
            ("DE", Language::De),
            ("de-AT,de;q=0.9,en;q=0.8", Language::De),
            ("fr, de;q=0.2", Language::De),
            ("en;q=0, *", Language::De),
            ("en;q=0.5, de;q=0.6", Language::De),
            ("de, en", Language::En),
            ("en-GB, de;q=0.9", Language::En),
            ("de;q=0", Language::En),
            ("de;q=2", Language::En),
            ("den", Language::En),
            ("fr", Language::En),
            ("*", Language::En),
            (";;,=", Language::En),
            ("", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(accept).unwrap());
            assert_eq!(negotiate(&headers), wanted, "{accept:?}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Language::En);
    }
}

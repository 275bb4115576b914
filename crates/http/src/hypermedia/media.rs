//! What a representation comes as: content negotiation (RFC 9110 §12.5.1).

use actix_web::http::header::{ACCEPT, HeaderMap};

/// The form a representation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    Hal,
    /// HAL with `_templates` (HAL-FORMS).
    HalForms,
}

/// In the order in which ties are broken.
const OFFERED: [Media; 3] = [Media::Json, Media::Hal, Media::HalForms];

/// Their names.
pub const NAMES: [&str; 3] = [Media::Json.name(), Media::Hal.name(), Media::HalForms.name()];

/// What an answer depends on beside the URL: the form asked for, and who asks (RFC 9110 §12.5.5).
pub const VARY: &str = "Accept, Authorization";

impl Media {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Hal => "application/hal+json",
            Self::HalForms => "application/prs.hal-forms+json",
        }
    }
}

/// How well a media type is liked: how closely it was named, and its weight in thousandths.
#[derive(Clone, Copy)]
struct Liking {
    closeness: u8,
    weight: u16,
}

/// The form that suits the request best, or `None` where none does.
pub fn negotiate(headers: &HeaderMap) -> Option<Media> {
    if !headers.contains_key(ACCEPT) {
        return Some(Media::Hal);
    }
    let ranges = ranges(headers);
    let likings = OFFERED.map(|media| liking(media.name(), &ranges));
    let best = likings.iter().map(|liking| liking.weight).max().filter(|weight| *weight > 0)?;
    // Whoever takes anything has not asked for plain JSON.
    if likings[0].closeness <= 1 && likings[1].weight == best {
        return Some(Media::Hal);
    }
    OFFERED.into_iter().zip(likings).find(|(_, liking)| liking.weight == best).map(|(media, _)| media)
}

/// Whether a page for people is liked at least as well as any representation: a browser says so.
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let ranges = ranges(headers);
    let page = liking("text/html", &ranges);
    let named = page.closeness == 3 && page.weight > 0;
    named && OFFERED.iter().all(|media| liking(media.name(), &ranges).weight <= page.weight)
}

fn ranges(headers: &HeaderMap) -> Vec<(String, u16)> {
    let values = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(range).collect()
}

/// A media range and its weight; parameters other than the weight are passed over.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let weight = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1000), |(_, value)| weight(value.trim()))?;
    Some((name, weight))
}

/// `0`, `1`, or a fraction of up to three digits between them (RFC 9110 §12.4.2), in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// The range that names the type most closely decides (RFC 9110 §12.5.1).
fn liking(media: &str, ranges: &[(String, u16)]) -> Liking {
    let mut liking = Liking { closeness: 0, weight: 0 };
    for (name, weight) in ranges {
        let closeness = match name.as_str() {
            "*/*" => 1,
            "application/*" if media.starts_with("application/") => 2,
            exact if exact == media => 3,
            _ => continue,
        };
        if closeness > liking.closeness {
            liking = Liking { closeness, weight: *weight };
        }
    }
    liking
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn asked(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        negotiate(&headers)
    }

    #[test]
    fn whoever_does_not_care_gets_hal() {
        assert_eq!(negotiate(&HeaderMap::new()), Some(Media::Hal));
        assert_eq!(asked("*/*"), Some(Media::Hal));
        assert_eq!(asked("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some(Media::Hal));
    }

    #[test]
    fn ties_go_to_json_then_hal_then_forms() {
        assert_eq!(asked("application/prs.hal-forms+json, application/hal+json, application/json"), Some(Media::Json));
        assert_eq!(asked("application/prs.hal-forms+json, application/hal+json"), Some(Media::Hal));
        assert_eq!(asked("application/*"), Some(Media::Json));
        assert_eq!(asked("application/json, */*"), Some(Media::Json));
    }

    #[test]
    fn weights_decide() {
        assert_eq!(asked("application/json;q=0.5, application/prs.hal-forms+json"), Some(Media::HalForms));
        assert_eq!(asked("application/json;q=0, */*"), Some(Media::Hal));
        assert_eq!(asked("application/hal+json;q=0, application/json;q=0, */*;q=0.1"), Some(Media::HalForms));
        assert_eq!(asked("APPLICATION/JSON ; Q=1.000"), Some(Media::Json));
    }

    #[test]
    fn a_browser_prefers_a_page_and_a_program_does_not() {
        let prefers = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
            prefers_page(&headers)
        };
        assert!(prefers("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(prefers("text/html"));
        assert!(!prefers_page(&HeaderMap::new()));
        assert!(!prefers("*/*"));
        assert!(!prefers("application/hal+json, text/html;q=0.9"));
        assert!(!prefers("text/html;q=0"));
    }

    #[test]
    fn what_we_do_not_speak_is_not_acceptable() {
        assert_eq!(asked("text/html"), None);
        assert_eq!(asked("application/json;q=0"), None);
        assert_eq!(asked("application/json;q=nonsense"), None);
        assert_eq!(asked(""), None);
    }
}

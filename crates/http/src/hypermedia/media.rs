//! Media types of representations, and content negotiation (RFC 9110 §12.5.1). ADR 0018 explains why `Accept` is parsed here.

use crate::request::quality;
use actix_web::http::header::{ACCEPT, HeaderMap};

/// The media type of a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    Json,
    Hal,
    /// HAL with `_templates` (HAL-FORMS).
    HalForms,
}

/// The available media types; of equally preferred ones the first wins.
const AVAILABLE: [Media; 3] = [Media::Json, Media::Hal, Media::HalForms];

/// The names of the available media types.
pub const NAMES: [&str; 3] = [Media::Json.name(), Media::Hal.name(), Media::HalForms.name()];

/// What a response depends on besides the URL: the media type and the caller (RFC 9110 §12.5.5).
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

/// How much a client prefers a media type.
#[derive(Clone, Copy)]
struct Preference {
    /// How specific the range is that decides: 3 for the type itself, 2 for `application/*`, 1 for `*/*`, 0 for none.
    specificity: u8,
    /// In thousandths.
    weight: u16,
}

/// The media type that the client prefers, or `None` if it accepts none that is available.
pub fn negotiate(headers: &HeaderMap) -> Option<Media> {
    if !headers.contains_key(ACCEPT) {
        return Some(Media::Hal);
    }
    let ranges = quality::ranges(headers, &ACCEPT);
    let preferences = AVAILABLE.map(|media| preference(media.name(), &ranges));
    let best = preferences.iter().map(|preference| preference.weight).max().filter(|weight| *weight > 0)?;
    // A client that accepts anything has not asked for JSON without links.
    if preferences[0].specificity <= 1 && preferences[1].weight == best {
        return Some(Media::Hal);
    }
    AVAILABLE.into_iter().zip(preferences).find(|(_, preference)| preference.weight == best).map(|(media, _)| media)
}

/// Whether the client prefers HTML to every representation, or likes both equally: a browser does.
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let ranges = quality::ranges(headers, &ACCEPT);
    let html = preference("text/html", &ranges);
    let is_named = html.specificity == 3 && html.weight > 0;
    is_named && AVAILABLE.iter().all(|media| preference(media.name(), &ranges).weight <= html.weight)
}

/// The most specific range that matches decides (RFC 9110 §12.5.1).
fn preference(media: &str, ranges: &[(String, u16)]) -> Preference {
    let mut preference = Preference { specificity: 0, weight: 0 };
    for (name, weight) in ranges {
        let specificity = match name.as_str() {
            "*/*" => 1,
            "application/*" if media.starts_with("application/") => 2,
            exact if exact == media => 3,
            _ => continue,
        };
        if specificity > preference.specificity {
            preference = Preference { specificity, weight: *weight };
        }
    }
    preference
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
    fn a_client_without_a_preference_gets_hal() {
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
    fn parameters_may_be_spaced_or_empty() {
        assert_eq!(asked("application/json ; charset=utf-8"), Some(Media::Json));
        assert_eq!(asked("application/json;"), Some(Media::Json));
    }

    #[test]
    fn one_malformed_field_does_not_hide_another() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT, HeaderValue::from_static("application/json"));
        headers.append(ACCEPT, HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(negotiate(&headers), Some(Media::Json));
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
    fn an_unavailable_media_type_is_not_acceptable() {
        assert_eq!(asked("text/html"), None);
        assert_eq!(asked("application/json;q=0"), None);
        assert_eq!(asked("application/json;q=nonsense"), None);
        assert_eq!(asked(""), None);
    }
}

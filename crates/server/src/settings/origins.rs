//! Readers of the settings of CORS: origins and names of header fields.

use actix_web::http::header::HeaderName;
use url::Url;

/// Schemes whose pages have an opaque origin, or that have no pages.
const WITHOUT_ORIGIN: [&str; 8] = ["file", "data", "blob", "about", "javascript", "ws", "wss", "ftp"];

/// An origin as browsers send it (<https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>): in lower case, the host
/// in ASCII, without the default port. Apps have schemes of their own, such as `capacitor://localhost`.
pub fn origin(text: &str) -> Result<String, String> {
    let fault =
        || "must be an origin such as https://app.example.com or capacitor://localhost, without a path".to_owned();
    let text = text.trim();
    let (scheme, authority) = text.split_once("://").ok_or_else(fault)?;
    let scheme = scheme.to_ascii_lowercase();
    if authority.is_empty()
        || authority.contains(['/', '\\', '?', '#', '@', '*', '%'])
        || authority.contains(|c: char| c.is_whitespace() || c.is_control())
        || WITHOUT_ORIGIN.contains(&scheme.as_str())
    {
        return Err(fault());
    }
    let url = Url::parse(text).map_err(|_| fault())?;
    if matches!(scheme.as_str(), "http" | "https") {
        return Ok(url.origin().ascii_serialization());
    }
    // The host of such a URL is not a domain name, so it has no other form in ASCII.
    if !text.is_ascii() || url.host().is_none() {
        return Err(fault());
    }
    Ok(text.to_ascii_lowercase())
}

/// The name of a header field that a browser may send.
pub fn header(text: &str) -> Result<HeaderName, String> {
    // For browsers `*` means every field except `Authorization`, which is hardly intended.
    let name = text.trim();
    let parsed = HeaderName::try_from(name).ok().filter(|_| name != "*");
    parsed.ok_or_else(|| "must be names of header fields, such as sentry-trace".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_send_them() {
        for (text, expected) in [
            ("https://app.example.com", "https://app.example.com"),
            (" https://App.Example.com:443 ", "https://app.example.com"),
            ("HTTP://app.example.com:80", "http://app.example.com"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("http://app.example.com:443", "http://app.example.com:443"),
            ("https://münchen.de", "https://xn--mnchen-3ya.de"),
            ("https://MÜNCHEN.de:443", "https://xn--mnchen-3ya.de"),
            ("http://[0:0::1]:3000", "http://[::1]:3000"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("Tauri://LocalHost", "tauri://localhost"),
            ("ionic://localhost", "ionic://localhost"),
            ("app://-", "app://-"),
            (
                "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
                "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            ),
            ("com.example.app://localhost:8080", "com.example.app://localhost:8080"),
        ] {
            assert_eq!(origin(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_as_origins() {
        for text in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://app.example.com/",
            "https://app.example.com/path",
            "capacitor://localhost/",
            "capacitor://localhost/index.html",
            "capacitor:localhost",
            "https://*.example.com",
            "https://user@app.example.com",
            "https://app.example.com?a",
            "https://app.example.com#a",
            "https://app.example.com:65536",
            "https://app example.com",
            "https://app\\example.com",
            "capacitor://münchen",
            "1app://localhost",
            "file://localhost",
            "file:///index.html",
            "data://localhost",
            "wss://app.example.com",
        ] {
            assert!(origin(text).is_err(), "{text} is taken as {:?}", origin(text));
        }
    }

    #[test]
    fn names_of_header_fields_are_read_and_wildcards_refused() {
        assert_eq!(header(" Sentry-Trace ").unwrap(), "sentry-trace");
        for text in ["", "*", "sentry trace", "x:y", "größe"] {
            assert!(header(text).is_err(), "{text}");
        }
    }
}

//! Which requests come from a page of this service: browsers send the cookie with others too.

use crate::problem::Problem;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a request that another site may have caused. Browsers name the site of the page in `Sec-Fetch-Site`. Where they do
/// not, as without https, they send `Origin` with every request that changes something.
pub fn check(headers: &HeaderMap, public_url: &str) -> Result<(), Problem> {
    let [sites, origins] = [&SEC_FETCH_SITE, &header::ORIGIN]
        .map(|name| headers.get_all(name).map(HeaderValue::as_bytes).collect::<Vec<_>>());
    let is_ours = match (&sites[..], &origins[..]) {
        ([site], _) => *site == b"same-origin",
        ([], [sent]) => sent.eq_ignore_ascii_case(origin(public_url).as_bytes()),
        _ => false,
    };
    if is_ours { Ok(()) } else { Err(Problem::CrossSite) }
}

/// The origin of a URL, without the default port of its scheme (RFC 6454 §6.2).
fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let authority = rest.split('/').next().unwrap_or_default();
    let default_port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    let host = authority.strip_suffix(default_port).unwrap_or(authority);
    &url[..scheme.len() + "://".len() + host.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_no_default_port() {
        for (url, wanted) in [
            ("http://usher.test/auth", "http://usher.test"),
            ("http://usher.test:80", "http://usher.test"),
            ("https://usher.test:443/a/b", "https://usher.test"),
            ("https://usher.test:80", "https://usher.test:80"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(origin(url), wanted);
        }
    }

    #[test]
    fn only_a_page_of_the_service_may_ask() {
        let allows = |fields: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            check(&headers, "https://usher.test/auth").is_ok()
        };
        let (site, origin, own) = ("sec-fetch-site", "origin", "https://usher.test");
        assert!(allows(&[(site, "same-origin")]));
        assert!(allows(&[(site, "same-origin"), (origin, "https://evil.test")]), "the browser knows better");
        assert!(allows(&[(origin, own)]));
        for refused in ["same-site", "cross-site", "none", "", "Same-Origin"] {
            assert!(!allows(&[(site, refused), (origin, own)]), "{refused}");
        }
        assert!(!allows(&[(site, "same-origin"), (site, "same-origin")]));
        for refused in
            ["null", "http://usher.test", "https://usher.test:8443", "https://usher.test/", "https://evil.test", ""]
        {
            assert!(!allows(&[(origin, refused)]), "{refused}");
        }
        assert!(!allows(&[(origin, own), (origin, own)]));
        assert!(!allows(&[]));
    }
}

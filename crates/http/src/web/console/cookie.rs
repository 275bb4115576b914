//! The cookie of a browser session (RFC 6265): it holds the refresh token.

use crate::service::Settings;
use actix_web::http::header::{self, HeaderMap};
use chrono::TimeDelta;
use usher_auth::opaque;

/// Maximum number of values of which each is looked up: no browser sends more than a few cookies of one name.
const MAX_CANDIDATES: usize = 8;

/// The name and the attributes of the cookie at this public URL.
pub struct SessionCookie {
    name: &'static str,
    path: String,
    secure: bool,
}

impl SessionCookie {
    /// Under https, the prefix of the name makes browsers refuse the cookie from other hosts of the domain and without https;
    /// `__Host-` demands the path `/`.
    pub fn of(settings: &Settings) -> Self {
        let prefix = settings.prefix();
        let secure = settings.public_url.starts_with("https:");
        let (name, path) = match (secure, prefix) {
            (true, "") => ("__Host-usher_console", "/".to_owned()),
            (true, prefix) => ("__Secure-usher_console", format!("{prefix}/console")),
            (false, prefix) => ("usher_console", format!("{prefix}/console")),
        };
        Self { name, path, secure }
    }

    /// The token in the cookie. `None` if there is no cookie of the name, or several: another service on this host may have set
    /// one, and nothing shows which is ours.
    pub fn read<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut values = self.values(headers);
        match (values.next(), values.next()) {
            (Some(value), None) => str::from_utf8(value).ok(),
            _ => None,
        }
    }

    /// The values of all cookies of the name that can be tokens, each once, at most [`MAX_CANDIDATES`].
    pub fn candidates<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        let mut candidates = Vec::new();
        for value in self.values(headers).filter_map(|value| str::from_utf8(value).ok()) {
            if candidates.len() < MAX_CANDIDATES && opaque::digest(value).is_some() && !candidates.contains(&value) {
                candidates.push(value);
            }
        }
        candidates
    }

    fn values<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        let name = self.name.as_bytes();
        let pairs = headers.get_all(header::COOKIE).flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
        pairs.filter_map(move |pair| {
            let pair = pair.trim_ascii();
            let at = pair.iter().position(|byte| *byte == b'=')?;
            (&pair[..at] == name).then_some(&pair[at + 1..])
        })
    }

    /// `Set-Cookie` with a token, for as long as an unused session lives.
    pub fn holding(&self, token: &str, max_age: TimeDelta) -> String {
        self.set(token, max_age.num_seconds())
    }

    /// `Set-Cookie` that removes it.
    pub fn removed(&self) -> String {
        self.set("", 0)
    }

    fn set(&self, value: &str, max_age: i64) -> String {
        let Self { name, path, .. } = self;
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use usher_auth::Clients;

    fn cookie(public_url: &str) -> SessionCookie {
        SessionCookie::of(&Settings {
            public_url: public_url.to_owned(),
            app_url: None,
            console: true,
            event_retention: TimeDelta::zero(),
            trusted_proxies: Vec::new(),
            introspection_clients: Clients::parse("").unwrap(),
            cors_origins: Vec::new(),
            cors_headers: Vec::new(),
        })
    }

    #[test]
    fn its_name_and_attributes_follow_from_the_public_url() {
        for (url, wanted) in [
            ("http://localhost:8080", "usher_console=t; Path=/console; Max-Age=60; HttpOnly; SameSite=Strict"),
            ("http://usher.test/auth", "usher_console=t; Path=/auth/console; Max-Age=60; HttpOnly; SameSite=Strict"),
            ("https://usher.test", "__Host-usher_console=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"),
            (
                "https://usher.test/auth",
                "__Secure-usher_console=t; Path=/auth/console; Max-Age=60; HttpOnly; SameSite=Strict; Secure",
            ),
        ] {
            assert_eq!(cookie(url).holding("t", TimeDelta::minutes(1)), wanted);
            assert_eq!(cookie(url).removed(), wanted.replace("=t;", "=;").replace("Max-Age=60", "Max-Age=0"));
        }
    }

    #[test]
    fn it_is_read_beside_others_that_are_malformed_and_refused_if_there_are_two() {
        let cookie = cookie("http://localhost:8080");
        for (fields, wanted) in [
            (&[&b"usher_console=abc"[..]][..], Some("abc")),
            (&[b"a; =; b==\xff;usher_console=a=c ;x"], Some("a=c")),
            (&[b"other=1", b"usher_console=abc"], Some("abc")),
            (&[b"usher_console="], Some("")),
            (&[b"usher_console=a; usher_console=b"], None),
            (&[b"usher_console=a", b"usher_console=a"], None),
            (&[b"usher_console=\xff"], None),
            (&[b"USHER_CONSOLE=a; xusher_console=b; usher_console"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(header::COOKIE, HeaderValue::from_bytes(field).unwrap());
            }
            assert_eq!(cookie.read(&headers), wanted, "{fields:?}");
        }
    }

    #[test]
    fn of_several_values_each_that_can_be_a_token_is_a_candidate_once() {
        let cookie = cookie("http://localhost:8080");
        let tokens: Vec<String> = (0..=MAX_CANDIDATES).map(|n| format!("{n:043}")).collect();
        let (first, second) = (&tokens[0], &tokens[1]);
        let mut headers = HeaderMap::new();
        let own = format!("usher_console=nonsense; usher_console={first}; other={second}; usher_console={first}");
        headers.append(header::COOKIE, HeaderValue::from_str(&own).unwrap());
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"usher_console=\xff").unwrap());
        assert_eq!(cookie.candidates(&headers), [first]);
        for token in &tokens {
            headers.append(header::COOKIE, HeaderValue::from_str(&format!("usher_console={token}")).unwrap());
        }
        assert_eq!(cookie.candidates(&headers), tokens[..MAX_CANDIDATES]);
    }
}

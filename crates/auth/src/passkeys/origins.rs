//! The relying party, and the origins from which its credentials may come.

use crate::opaque::sha256;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use url::{Host, Url};

/// What the origin of an Android app begins with. The SHA-256 of the certificate that signed the app follows, in base64url.
const ANDROID_PREFIX: &str = "android:apk-key-hash:";

/// This service, to the authenticators of its users.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    pub(super) id: String,
    pub(super) id_hash: [u8; 32],
    pub(super) name: String,
    pub(super) origins: Vec<String>,
}

impl RelyingParty {
    /// A relying party with this id: a domain that is the host of each origin or a parent of it. The name is shown to users.
    ///
    /// An origin is `https://` and a host, with a port if it is not 443; `http://` only for `localhost` and its subdomains;
    /// or `android:apk-key-hash:` with the hash of an app's certificate. Credentials are accepted from exactly these.
    pub fn new<'a>(
        id: &str,
        name: &str,
        origins: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RelyingPartyError> {
        let id = domain(id)?;
        let origins = origins.into_iter().map(|text| origin(text, &id)).collect::<Result<Vec<_>, _>>()?;
        if origins.is_empty() {
            return Err(RelyingPartyError::NoOrigin);
        }
        Ok(Self { id_hash: sha256(id.as_bytes()), id, name: name.to_owned(), origins })
    }

    /// The id, in lower case and ASCII (IDNA).
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origins as clients send them.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// A valid domain in the form that the URL standard gives it.
fn domain(text: &str) -> Result<String, RelyingPartyError> {
    match Host::parse(text) {
        Ok(Host::Domain(domain)) if domain.split('.').all(|label| !label.is_empty()) => Ok(domain),
        Ok(Host::Domain(_)) | Err(_) => Err(RelyingPartyError::NotADomain { id: text.to_owned() }),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err(RelyingPartyError::IpAddress { id: text.to_owned() }),
    }
}

/// The origin as a client sends it: serialized in ASCII.
fn origin(text: &str, id: &str) -> Result<String, RelyingPartyError> {
    let fault = || RelyingPartyError::NotAnOrigin { origin: text.to_owned() };
    if let Some(hash) = text.strip_prefix(ANDROID_PREFIX) {
        let is_sha256 = BASE64URL.decode(hash).is_ok_and(|bytes| bytes.len() == 32);
        return if is_sha256 { Ok(text.to_owned()) } else { Err(fault()) };
    }
    let url = Url::parse(text).map_err(|_| fault())?;
    let has_more = !matches!(url.path(), "" | "/")
        || url.query().is_some()
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.password().is_some();
    let Some(host) = url.host_str().filter(|_| !has_more) else { return Err(fault()) };
    match url.scheme() {
        "https" => {}
        "http" if is_within(host, "localhost") => {}
        "http" => return Err(RelyingPartyError::NotSecure { origin: text.to_owned() }),
        _ => return Err(fault()),
    }
    // A top-level domain has no owner, so no other host is within one.
    let is_allowed = if id.contains('.') || id == "localhost" { is_within(host, id) } else { host == id };
    if is_allowed {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(RelyingPartyError::NotWithin { origin: text.to_owned(), id: id.to_owned() })
    }
}

/// Whether the host is the domain or a subdomain of it.
fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Why there can be no relying party with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    #[error("a passkey cannot be for an IP address, only for a domain or localhost: {id}")]
    IpAddress { id: String },
    #[error("the relying party's id is not a domain: {id:?}")]
    NotADomain { id: String },
    #[error("there is no origin from which passkeys may come")]
    NoOrigin,
    #[error("it is not an origin: {origin:?} (as in https://id.example.com, or android:apk-key-hash: and a SHA-256)")]
    NotAnOrigin { origin: String },
    #[error("passkeys need https, except on localhost: {origin}")]
    NotSecure { origin: String },
    #[error("the origin {origin} is not within the relying party's id {id}")]
    NotWithin { origin: String, id: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    fn check(id: &str, origins: &[&str]) -> Result<Vec<String>, RelyingPartyError> {
        RelyingParty::new(id, "usher", origins.iter().copied()).map(|party| party.origins)
    }

    #[test]
    fn origins_within_the_id_are_accepted_in_the_form_that_clients_send() {
        for (id, origin, sent) in [
            ("example.com", "https://example.com", "https://example.com"),
            ("example.com", "https://ID.Example.com:443/", "https://id.example.com"),
            ("example.com", "https://a.b.example.com:8443", "https://a.b.example.com:8443"),
            ("localhost", "http://localhost:8080", "http://localhost:8080"),
            ("localhost", "https://localhost", "https://localhost"),
            ("localhost", "http://app.localhost:80", "http://app.localhost"),
            ("intranet", "https://intranet", "https://intranet"),
            ("BÜCHER.example", "https://bücher.example", "https://xn--bcher-kva.example"),
            ("example.com", APP, APP),
        ] {
            assert_eq!(check(id, &[origin]), Ok(vec![sent.to_owned()]), "{id} {origin}");
        }
        assert_eq!(check("example.com", &["https://example.com", "https://a.example.com", APP]).unwrap().len(), 3);
    }

    #[test]
    fn an_origin_outside_the_id_is_refused() {
        for (id, origin) in [
            ("example.com", "https://example.org"),
            ("example.com", "https://badexample.com"),
            ("example.com", "https://example.com.evil.org"),
            ("example.com", "https://com"),
            ("id.example.com", "https://example.com"),
            ("com", "https://example.com"),
            ("localhost", "https://127.0.0.1"),
            ("example.com", "https://[::1]"),
        ] {
            let error = RelyingPartyError::NotWithin { origin: origin.into(), id: id.into() };
            assert_eq!(check(id, &[origin]), Err(error), "{id} {origin}");
        }
    }

    #[test]
    fn an_origin_without_https_is_refused() {
        for origin in ["http://example.com", "http://127.0.0.1:8080", "http://mylocalhost"] {
            assert_eq!(check("example.com", &[origin]), Err(RelyingPartyError::NotSecure { origin: origin.into() }));
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for origin in [
            "",
            "example.com",
            "https://example.com/path",
            "https://example.com?query",
            "https://example.com/#fragment",
            "https://user@example.com",
            "https://:password@example.com",
            "ftp://example.com",
            "null",
            "android:apk-key-hash:",
            "android:apk-key-hash:47DEQpj8HBSa",
            "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            "android:apk-key-hash-sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        ] {
            let error = RelyingPartyError::NotAnOrigin { origin: origin.into() };
            assert_eq!(check("example.com", &["https://example.com", origin]), Err(error), "{origin}");
        }
        assert_eq!(check("example.com", &[]), Err(RelyingPartyError::NoOrigin));
    }

    #[test]
    fn an_id_that_is_not_a_domain_is_refused() {
        for id in ["127.0.0.1", "[::1]", "2130706433", "0x7f.1"] {
            assert_eq!(check(id, &[APP]), Err(RelyingPartyError::IpAddress { id: id.into() }), "{id}");
        }
        for id in
            ["", ".", "example.com.", ".example.com", "a..b", "https://example.com", "example.com:443", "a b", "::1"]
        {
            assert_eq!(check(id, &[APP]), Err(RelyingPartyError::NotADomain { id: id.into() }), "{id}");
        }
    }
}

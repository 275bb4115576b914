//! Header fields. If several can have the same name, each is on a line of its own.

use crate::{
    hypermedia::media::{negotiate, prefers_page},
    middleware::trace_context::trace_parent,
    request::{
        client_address::client_address,
        conditions::if_match,
        credentials::{access_token, authenticate_client},
        language::{self, Language},
    },
    service::Settings,
    web::console::cookie::SessionCookie,
};
use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, IF_MATCH,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use ipnet::IpNet;
use std::{net::IpAddr, sync::LazyLock};
use usher_auth::{Clients, opaque};
use usher_persistence::Precondition;

/// The field's values, a line each; `None` if no request can have them.
fn fields(name: &HeaderName, data: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        headers.append(name.clone(), HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

fn one_field(name: HeaderName, value: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_bytes(value).ok()?);
    Some(headers)
}

/// The form that is chosen was asked for, and it is the same however the field is written: in capitals, on one line or on
/// several, with white space around its commas.
pub fn accept(data: &[u8]) {
    let Some(headers) = fields(&ACCEPT, data) else { return };
    let chosen = (negotiate(&headers), prefers_page(&headers));
    let text: Vec<u8> = data.iter().map(|byte| if *byte == b'\n' { b',' } else { *byte }).collect();
    if let Ok(text) = str::from_utf8(&text)
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    {
        for other in [text.to_owned(), text.to_ascii_uppercase(), text.replace(',', " , "), text.replace(';', " ; ")] {
            let again =
                one_field(ACCEPT, other.as_bytes()).map(|headers| (negotiate(&headers), prefers_page(&headers)));
            assert_eq!(again, Some(chosen), "{text:?} as {other:?}");
        }
    }
    let lower = String::from_utf8_lossy(data).to_ascii_lowercase();
    let asks_for = |ranges: &[&str]| ranges.iter().any(|range| lower.contains(range));
    if let Some(media) = chosen.0 {
        assert!(asks_for(&["*/*", "application/*", media.name()]), "{lower:?}");
    }
    assert!(!chosen.1 || asks_for(&["text/html"]), "{lower:?}");
}

/// German is chosen only if it was asked for. The language is the same however the field is written, and whatever else is
/// asked for.
pub fn accept_language(data: &[u8]) {
    let Some(headers) = fields(&ACCEPT_LANGUAGE, data) else { return };
    let chosen = language::negotiate(&headers);
    let text = String::from_utf8_lossy(data).replace('\n', ",");
    let lower = text.to_ascii_lowercase();
    assert!(chosen == Language::En || lower.contains("de") || lower.contains('*'), "{text:?}");
    let mut with_french = headers.clone();
    with_french.append(ACCEPT_LANGUAGE, HeaderValue::from_static("fr-CH, fr;q=0.9"));
    assert_eq!(language::negotiate(&with_french), chosen, "{text:?} and French");
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        for other in [text.clone(), text.to_ascii_uppercase(), text.replace(',', " , "), text.replace(';', " ; ")] {
            let again = one_field(ACCEPT_LANGUAGE, other.as_bytes()).map(|headers| language::negotiate(&headers));
            assert_eq!(again, Some(chosen), "{text:?} as {other:?}");
        }
    }
}

/// The cookie that is read is the only one of its name, whatever surrounds it, and what is written is read. If it can be a token,
/// it is the only candidate; of several cookies of the name, all candidates are values.
pub fn cookies(data: &[u8]) {
    let Some(headers) = fields(&COOKIE, data) else { return };
    for (url, name) in [
        ("http://usher.test", "usher_console"),
        ("https://usher.test", "__Host-usher_console"),
        ("https://usher.test/auth", "__Secure-usher_console"),
    ] {
        let cookie = session_cookie(url);
        let start = format!("{name}=");
        let pairs = data.split(|byte| [b';', b'\n'].contains(byte)).map(<[u8]>::trim_ascii);
        let values: Vec<&[u8]> = pairs.filter_map(|pair| pair.strip_prefix(start.as_bytes())).collect();
        let wanted = match values[..] {
            [value] => str::from_utf8(value).ok(),
            _ => None,
        };
        assert_eq!(cookie.read(&headers), wanted, "{:?}", String::from_utf8_lossy(data));
        let candidates = cookie.candidates(&headers);
        assert!(candidates.iter().all(|candidate| values.contains(&candidate.as_bytes())), "{candidates:?}");
        let can_be_token = wanted.filter(|value| opaque::digest(value).is_some());
        assert!(values.len() > 1 || candidates.first().copied() == can_be_token, "{candidates:?}");
        let with = |field: &str| {
            let mut headers = headers.clone();
            headers.append(COOKIE, HeaderValue::from_str(field).unwrap_or_else(|error| panic!("{error}")));
            cookie.read(&headers).map(str::to_owned)
        };
        assert_eq!(with(&format!("a; =; x{name}=1; {name}2=2")).as_deref(), wanted);
        let set = cookie.holding("dGVzdA", TimeDelta::days(1));
        let added = values.is_empty().then_some("dGVzdA");
        assert_eq!(with(set.split(';').next().unwrap_or_default()).as_deref(), added, "{set}");
    }
}

fn session_cookie(public_url: &str) -> SessionCookie {
    SessionCookie::of(&Settings {
        public_url: public_url.to_owned(),
        app_url: None,
        console: true,
        event_retention: TimeDelta::zero(),
        trusted_proxies: Vec::new(),
        introspection_clients: CLIENTS.clone(),
        cors_origins: Vec::new(),
        cors_headers: Vec::new(),
    })
}

static CLIENTS: LazyLock<Clients> =
    LazyLock::new(|| Clients::parse(&format!("mail:{SECRET}")).unwrap_or_else(|error| panic!("{error}")));
const SECRET: &str = "0123456789+abcdef";

/// A token comes from a single field and is the text after its scheme; a service authenticates with its secret.
/// Taken as the field, and as credentials before they are encoded.
pub fn authorization(data: &[u8]) {
    if let Some(headers) = fields(&AUTHORIZATION, data) {
        credentials(&headers);
    }
    let basic = format!("Basic {}", BASE64_STANDARD.encode(data));
    let known = one_field(AUTHORIZATION, basic.as_bytes()).is_some_and(|headers| {
        credentials(&headers);
        authenticate_client(&CLIENTS, &headers).is_ok()
    });
    assert_eq!(known, is_known(data), "{:?}", String::from_utf8_lossy(data));
}

fn credentials(headers: &HeaderMap) {
    let values: Vec<&[u8]> = headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes).collect();
    let scheme = |value: &[u8], name: &str| {
        value.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
    };
    match access_token(headers) {
        Ok(Some(token)) => {
            let [value] = values[..] else { panic!("{values:?} is more than one") };
            assert!(scheme(value, "bearer "), "{value:?}");
            assert_eq!(value["bearer ".len()..].trim_ascii(), token.secret().as_bytes());
        }
        Ok(None) => assert!(values.len() == 1 && !scheme(values[0], "bearer "), "{values:?}"),
        Err(_) => {}
    }
    if authenticate_client(&CLIENTS, headers).is_ok() {
        let [value] = values[..] else { panic!("{values:?} is more than one") };
        assert!(scheme(value, "basic "), "{value:?}");
        let decoded = BASE64_STANDARD.decode(value["basic ".len()..].trim_ascii()).unwrap_or_default();
        assert!(is_known(&decoded), "{value:?}");
    }
}

/// Whether these are the credentials of the one service, as they are or as a form has them (RFC 6749 §2.3.1).
fn is_known(credentials: &[u8]) -> bool {
    if credentials == format!("mail:{SECRET}").as_bytes() {
        return true;
    }
    let Some(colon) = credentials.iter().position(|byte| *byte == b':') else { return false };
    let decoded = |part: &[u8]| {
        let escapes_are_whole = part
            .split(|byte| *byte == b'%')
            .skip(1)
            .all(|rest| rest.get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
        // The separators of a form have no meaning here.
        let plain = String::from_utf8_lossy(part).replace('&', "%26").replace('=', "%3D");
        let name = form_urlencoded::parse(plain.as_bytes()).next().map(|(name, _)| name.into_owned());
        name.filter(|_| escapes_are_whole).unwrap_or_default()
    };
    decoded(&credentials[..colon]) == "mail" && decoded(&credentials[colon + 1..]) == SECRET
}

/// A condition holds only for the versions that it names, in tags that a proxy may have weakened or marked.
pub fn conditions(data: &[u8]) {
    let Some(headers) = fields(&IF_MATCH, data) else { return };
    let text = String::from_utf8_lossy(data);
    match if_match(&headers) {
        Precondition::None => assert!(text.contains('*'), "{text:?}"),
        Precondition::Versions(versions) => {
            for version in versions {
                let tag = format!("\"{version}");
                let names_it = text.match_indices(&tag).any(|(at, _)| {
                    let rest = &text[at + tag.len()..];
                    let (mark, is_closed) = rest.split_once('"').map_or(("", false), |(mark, _)| (mark, true));
                    is_closed && (mark.is_empty() || mark.starts_with(['-', ';'])) && !mark.contains(',')
                });
                assert!(names_it, "{text:?} names no {tag}");
            }
        }
    }
}

static TRUSTED: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| ["10.0.0.0/8", "2001:db8::/32"].into_iter().filter_map(|net| net.parse().ok()).collect());

/// The address of a peer that is not a proxy is its own, and a client behind a proxy cannot choose the address that it is
/// counted by.
pub fn forwarded_for(data: &[u8]) {
    let name = HeaderName::from_static("x-forwarded-for");
    let Some(headers) = fields(&name, data) else { return };
    let [stranger, client, proxy] = ["203.0.113.9", "198.51.100.7", "10.0.0.1"].map(address);
    assert_eq!(client_address(stranger, &headers, &TRUSTED), stranger);
    assert_eq!(client_address(proxy, &headers, &[]), proxy);
    let found = client_address(proxy, &headers, &TRUSTED);
    assert_eq!(found, found.to_canonical());
    let text = String::from_utf8_lossy(data);
    let mut hops = text.split([',', '\n']).flat_map(addresses);
    assert!(found == proxy || hops.any(|hop| hop == found), "{text:?}: {found}");

    // Each proxy adds the address of its caller: to the field, or as a field of its own.
    let mut apart = headers.clone();
    apart.append(name.clone(), HeaderValue::from_static("198.51.100.7"));
    assert_eq!(client_address(proxy, &apart, &TRUSTED), client, "{text:?}");
    for chain in ["198.51.100.7", "198.51.100.7, 10.2.3.4", "198.51.100.7,2001:db8::1,::ffff:10.1.1.1"] {
        let mut together = headers.clone();
        let last = data.split(|byte| *byte == b'\n').next_back().unwrap_or_default();
        let Ok(longer) = HeaderValue::from_bytes(&[last, b", ", chain.as_bytes()].concat()) else { return };
        let values: Vec<HeaderValue> = together.remove(&name).collect();
        for value in values[..values.len() - 1].iter().chain([&longer]) {
            together.append(name.clone(), value.clone());
        }
        assert_eq!(client_address(proxy, &together, &TRUSTED), client, "{text:?} and {chain}");
    }
}

/// What an entry may name: it or a part of it, cut off where a port, a zone, brackets or quotes may be.
fn addresses(entry: &str) -> Vec<IpAddr> {
    let inner = entry.trim_matches(|c: char| c.is_ascii_whitespace() || "\"[]".contains(c));
    let [before_bracket, before_zone] = [']', '%'].map(|end| inner.split(end).next().unwrap_or_default());
    let before_port = inner.rsplit_once(':').map_or("", |(address, _)| address);
    let parts = [inner, before_bracket, before_zone, before_port];
    parts.iter().filter_map(|part| part.parse::<IpAddr>().ok()).map(|address| address.to_canonical()).collect()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// A trace that is taken is one of those that the standard calls valid.
pub fn traceparent(data: &[u8]) {
    let Some(headers) = fields(&HeaderName::from_static("traceparent"), data) else { return };
    let Some(parent) = trace_parent(&headers) else { return };
    let Ok(text) = str::from_utf8(data) else { panic!("{data:?} is not text") };
    let (id, span) = (parent.trace_id.to_string(), parent.span_id.to_string());
    assert!(id.len() == 32 && id.bytes().any(|digit| digit != b'0'), "{id}");
    let parts: Vec<&str> = text.split('-').collect();
    assert!(parts.len() == 4 || (parts.len() > 4 && parts[0] != "00"), "{text:?}");
    assert_eq!([parts[0].len(), parts[2].len(), parts[3].len()], [2, 16, 2], "{text:?}");
    assert_eq!(parts[1..3], [id, span]);
    assert!(parts[0] != "ff" && parts[2] != "0000000000000000", "{text:?}");
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(parts[..4].iter().all(|part| part.bytes().all(hex)), "{text:?}");
}

//! Readers of the values of settings.

use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, time::Duration};

/// A time such as `15m`, `30d` or `1h 30m`, of at least a second.
pub fn lifetime(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_hours(10 * 365 * 24);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 15m, 12h or 30d"))?;
    if (Duration::from_secs(1)..=MAX).contains(&time) {
        Ok(time)
    } else {
        Err("must be between a second and ten years".to_owned())
    }
}

/// A time such as `5s`, from zero to ten minutes.
pub fn drain(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_mins(10);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 5s"))?;
    if time <= MAX { Ok(time) } else { Err("must be ten minutes at most".to_owned()) }
}

/// A time such as `75s`, from a second to a day.
pub fn keep_alive(text: &str) -> Result<Duration, String> {
    const MAX: Duration = Duration::from_hours(24);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 75s or 10m"))?;
    let fits = (Duration::from_secs(1)..=MAX).contains(&time);
    fits.then_some(time).ok_or_else(|| "must be between a second and a day".to_owned())
}

/// A network, or a single address.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "must be a network such as 10.0.0.0/8, or an address".to_owned())
}

/// A pair such as `key=value`, percent-encoded where necessary (W3C Baggage, §3.3.1).
pub fn pair(text: &str) -> Result<(String, String), String> {
    let decoded = |text: &str| percent_decode_str(text.trim()).decode_utf8().map(Cow::into_owned).ok();
    let pair = text.split_once('=').and_then(|(key, value)| Some((decoded(key)?, decoded(value)?)));
    pair.filter(|(key, _)| !key.is_empty()).ok_or_else(|| "must be pairs such as key=value".to_owned())
}

/// A number from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

/// A URL, kept as it is written.
pub fn whole_url(text: &str) -> Result<String, String> {
    public_url(text).map(|_| text.to_owned())
}

/// A URL without query and fragment. A slash at its end is removed.
pub fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match rest {
        Some(rest)
            if visible
                && !rest.starts_with('/')
                && !rest.is_empty()
                && !rest.contains(['?', '#', '@', '"', '<', '>', '{', '}', '\\']) =>
        {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => {
            Err("must be a URL such as https://example.com/auth, without user name, password, query or fragment"
                .to_owned())
        }
    }
}

//! The trace that a caller names in `traceparent` and `tracestate` (W3C Trace Context 1).

use actix_web::http::header::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// `traceparent` (§3.2): the trace, the caller's span, and whether the caller records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    flags: TraceFlags,
}

/// The parent that the header fields name; `None` if there is none or it is not valid.
pub fn trace_parent(headers: &HeaderMap) -> Option<TraceParent> {
    let mut values = headers.get_all("traceparent");
    match (values.next(), values.next()) {
        (Some(value), None) => TraceParent::parse(value.to_str().ok()?),
        _ => None,
    }
}

impl TraceParent {
    /// `version-trace-parent-flags`, in lower-case hex. What a later version appends is ignored.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let span_id = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = u8::try_from(hex(parts.next()?, 2)?).ok()?;
        let has_valid_length = version != 0 || parts.next().is_none();
        (version != 0xff && trace_id != 0 && span_id != 0 && has_valid_length).then(|| Self {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            flags: TraceFlags::new(flags) & TraceFlags::SAMPLED,
        })
    }

    /// The caller's span, with the `tracestate` of the request.
    pub fn span_context(self, headers: &HeaderMap) -> SpanContext {
        SpanContext::new(self.trace_id, self.span_id, self.flags, true, trace_state(headers))
    }
}

/// What other systems have added to the trace (§3.3). It is passed on unchanged, or empty if it is not valid.
fn trace_state(headers: &HeaderMap) -> TraceState {
    let members: Vec<&str> = headers.get_all("tracestate").filter_map(|value| value.to_str().ok()).collect();
    members.join(",").parse().unwrap_or_default()
}

/// A number of exactly `count` lower-case hex digits.
fn hex(digits: &str, count: usize) -> Option<u128> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == count && digits.bytes().all(is_hex)).then(|| u128::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_traceparent_is_accepted() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let parent = "b7ad6b7169203331";
        for good in [
            format!("00-{id}-{parent}-01"),
            format!("00-{id}-{parent}-00"),
            format!("cc-{id}-{parent}-01"),
            format!("cc-{id}-{parent}-01-what-comes-later"),
        ] {
            let parsed = TraceParent::parse(&good).unwrap();
            assert_eq!(parsed.trace_id.to_string(), id, "{good}");
            assert_eq!(parsed.span_id.to_string(), parent, "{good}");
            assert_eq!(parsed.flags.is_sampled(), !good.ends_with("-00"), "{good}");
        }
        for bad in [
            String::new(),
            id.to_owned(),
            format!("00-{id}-{parent}"),
            format!("00-{id}-{parent}-01-"),
            format!("00-{id}-{parent}-01-more"),
            format!("ff-{id}-{parent}-01"),
            format!("00-{}-{parent}-01", id.to_uppercase()),
            format!("00-{}-{parent}-01", "0".repeat(32)),
            format!("00-{id}-{}-01", "0".repeat(16)),
            format!("00-{}-{parent}-01", &id[1..]),
            format!("00-+{}-{parent}-01", &id[1..]),
            format!("0-{id}-{parent}-01"),
            format!("00-{id}-{parent}-1"),
            format!(" 00-{id}-{parent}-01"),
        ] {
            assert_eq!(TraceParent::parse(&bad), None, "{bad:?}");
        }
    }
}

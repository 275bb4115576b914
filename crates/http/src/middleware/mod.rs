//! What happens around every request, from the outside in:
//!
//! 1. [`request_id`]: the request gets an id; the response carries it.
//! 2. [`request_log`]: the response is logged, counted, and recorded in the request's trace.
//! 3. [`drain`]: connections are closed while the service stops.
//! 4. [`security_headers`]: header fields of every response.
//! 5. [`cors`]: whether a page from another origin may read the response.
//! 6. [`size_limits`]: what is too large is rejected before anything is parsed.
//!
//! Then comes the route (`routes.rs`). So every response has an id, a log entry and the header fields, also a rejection by a
//! layer further in.

pub mod cors;
pub mod drain;
mod log_rate_limiter;
pub mod metrics;
pub mod request_context;
pub mod request_id;
pub mod request_log;
mod security_events;
pub mod security_headers;
pub mod size_limits;
pub mod trace;
pub mod trace_context;

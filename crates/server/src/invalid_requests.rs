//! Requests that are not valid HTTP. Actix logs each of them as an error, without limit. Here they are counted instead, and
//! their number is logged every ten seconds.

use std::{
    convert::Infallible,
    fmt::{Debug, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, filter_fn},
    layer::Context,
    registry::LookupSpan,
};

/// The log target of Actix's HTTP parser.
pub const PARSER_TARGET: &str = "actix_http";
const LOG_INTERVAL: Duration = Duration::from_secs(10);

static COUNT: AtomicU64 = AtomicU64::new(0);
static LAST: Mutex<String> = Mutex::new(String::new());

/// Whether an event is an error of the parser.
pub fn is_counted(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && *metadata.level() == Level::ERROR && metadata.target().starts_with(PARSER_TARGET)
}

/// The layer that counts the errors of the parser.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    Counter.with_filter(filter_fn(is_counted).with_max_level_hint(LevelFilter::ERROR))
}

/// Logs their number, for as long as it is polled.
pub async fn keep_logging() -> Infallible {
    loop {
        tokio::time::sleep(LOG_INTERVAL).await;
        log();
    }
}

/// Logs how many there were since the last call.
pub fn log() {
    let count = COUNT.swap(0, Relaxed);
    if count > 0 {
        let last = std::mem::take(&mut *LAST.lock().unwrap_or_else(PoisonError::into_inner));
        tracing::warn!(count, last, "malformed or aborted requests");
    }
}

struct Counter;

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        COUNT.fetch_add(1, Relaxed);
        let mut message = Message(String::new());
        event.record(&mut message);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = message.0;
    }
}

/// The message of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

//! Requests that are not HTTP. The framework logs each of them as an error, without limit. Here they are counted, and the
//! log has their number every ten seconds.

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

/// The part of the framework that reads requests.
pub const READER: &str = "actix_http";
const PAUSE: Duration = Duration::from_secs(10);

static COUNT: AtomicU64 = AtomicU64::new(0);
static LAST: Mutex<String> = Mutex::new(String::new());

/// Whether it is an error of a request.
pub fn is_counted(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && *metadata.level() == Level::ERROR && metadata.target().starts_with(READER)
}

/// Counts the errors of requests.
pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    Counter.with_filter(filter_fn(is_counted).with_max_level_hint(LevelFilter::ERROR))
}

/// Logs how many there were, for as long as it is polled.
pub async fn keep_logging() -> Infallible {
    loop {
        tokio::time::sleep(PAUSE).await;
        log();
    }
}

/// Logs how many there were since the last time.
pub fn log() {
    let count = COUNT.swap(0, Relaxed);
    if count > 0 {
        let last = std::mem::take(&mut *LAST.lock().unwrap_or_else(PoisonError::into_inner));
        tracing::warn!(count, last, "requests were malformed or broken off");
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

/// The text of an event.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a string cannot fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}

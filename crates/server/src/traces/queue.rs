//! Where spans wait for the thread that exports them: no request waits for it. A span that finds no room is dropped, and
//! counted, as is all that becomes of the others.

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use usher_http::SpanLoad;

/// Most spans that wait.
const QUEUE: usize = 2048;
/// Most spans of a batch; as many are sent at once.
const BATCH: usize = 512;
/// Longest that a span waits for others.
const DELAY: Duration = Duration::from_secs(5);

/// What has become of spans since the start.
#[derive(Debug, Default)]
pub struct Tally {
    waiting: AtomicU64,
    exported: AtomicU64,
    undelivered: AtomicU64,
    dropped: AtomicU64,
}

impl Tally {
    pub fn load(&self) -> SpanLoad {
        let [waiting, exported, undelivered, dropped] =
            [&self.waiting, &self.exported, &self.undelivered, &self.dropped].map(|count| count.load(Relaxed));
        SpanLoad { waiting, exported, undelivered, dropped }
    }

    /// Whether there is room for one more.
    fn enter(&self) -> bool {
        let entered =
            self.waiting.fetch_update(Relaxed, Relaxed, |waiting| (waiting < QUEUE as u64).then_some(waiting + 1));
        if entered.is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
        entered.is_ok()
    }
}

/// The queue in front of an exporter.
pub fn before(exporter: impl SpanExporter + 'static, tally: &Arc<Tally>) -> impl SpanProcessor + 'static {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    let exporter = Counted { inner: exporter, tally: Arc::clone(tally) };
    Counted { inner: BatchSpanProcessor::new(exporter, config), tally: Arc::clone(tally) }
}

#[derive(Debug)]
struct Counted<T> {
    inner: T,
    tally: Arc<Tally>,
}

impl SpanProcessor for Counted<BatchSpanProcessor> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.tally.enter() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        self.tally.waiting.fetch_sub(spans, Relaxed);
        let done = self.inner.export(batch).await;
        let count = if done.is_ok() { &self.tally.exported } else { &self.tally.undelivered };
        count.fetch_add(spans, Relaxed);
        done
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

//! The queue of spans for the thread that exports them; requests do not wait for it. A span that finds the queue full is
//! dropped. Exported, failed and dropped spans are counted.

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

/// Maximum number of spans in the queue.
const MAX_QUEUED_SPANS: usize = 2048;
/// Maximum number of spans in a batch. A full batch is sent at once.
const MAX_BATCH_SPANS: usize = 512;
/// Maximum time that a span waits for a full batch.
const MAX_BATCH_DELAY: Duration = Duration::from_secs(5);

/// The numbers of spans since the start.
#[derive(Debug, Default)]
pub struct SpanCounters {
    waiting: AtomicU64,
    exported: AtomicU64,
    undelivered: AtomicU64,
    dropped: AtomicU64,
}

impl SpanCounters {
    pub fn load(&self) -> SpanLoad {
        let [waiting, exported, undelivered, dropped] =
            [&self.waiting, &self.exported, &self.undelivered, &self.dropped].map(|count| count.load(Relaxed));
        SpanLoad { waiting, exported, undelivered, dropped }
    }

    /// Counts one more span in the queue; returns false if the queue is full.
    fn try_enqueue(&self) -> bool {
        let enqueued = self
            .waiting
            .fetch_update(Relaxed, Relaxed, |waiting| (waiting < MAX_QUEUED_SPANS as u64).then_some(waiting + 1));
        if enqueued.is_err() {
            self.dropped.fetch_add(1, Relaxed);
        }
        enqueued.is_ok()
    }
}

/// The queue in front of an exporter.
pub fn processor(exporter: impl SpanExporter + 'static, counters: &Arc<SpanCounters>) -> impl SpanProcessor + 'static {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(MAX_QUEUED_SPANS)
        .with_max_export_batch_size(MAX_BATCH_SPANS)
        .with_scheduled_delay(MAX_BATCH_DELAY)
        .build();
    let exporter = CountingSpans { inner: exporter, counters: Arc::clone(counters) };
    CountingSpans { inner: BatchSpanProcessor::new(exporter, config), counters: Arc::clone(counters) }
}

/// Counts the spans that pass through `inner`.
#[derive(Debug)]
struct CountingSpans<T> {
    inner: T,
    counters: Arc<SpanCounters>,
}

impl SpanProcessor for CountingSpans<BatchSpanProcessor> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.counters.try_enqueue() {
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

impl<E: SpanExporter> SpanExporter for CountingSpans<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        self.counters.waiting.fetch_sub(spans, Relaxed);
        let done = self.inner.export(batch).await;
        let count = if done.is_ok() { &self.counters.exported } else { &self.counters.undelivered };
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

//! Traces of requests, exported by OTLP over HTTP if a collector is set. Without one, nothing here runs.

mod collector;
mod queue;

use crate::{
    failure::{Context as _, Failure},
    secrets,
    settings::{Sampler, TraceSettings, values::pair},
};
use collector::Collector;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    resource::TelemetryResourceDetector,
    trace::{Sampler as Sampling, SdkTracerProvider},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tracing::{Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{Layer, filter::dynamic_filter_fn, layer::Context, registry::LookupSpan};
use usher_http::REQUEST_SPAN;

pub use queue::SpanCounters;

const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
/// Maximum time to export a batch, retries included.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time that a stop waits for the last batch.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(3);

/// The exporter of traces.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Starts exporting, if a collector is set.
    pub fn start(settings: &TraceSettings, counters: &Arc<SpanCounters>) -> Result<Option<Self>, Failure> {
        let Some((url, headers)) = prepare(settings)? else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(EXPORT_TIMEOUT)
            .with_http_client(Collector::at(&url))
            .with_headers(headers)
            .with_endpoint(url)
            .build()
            .context("cannot export traces")?;
        let provider = SdkTracerProvider::builder()
            .with_span_processor(queue::processor(exporter, counters))
            .with_sampler(sampling(settings))
            .with_resource(resource(settings))
            .build();
        Ok(Some(Self(provider)))
    }

    /// The layer that records the spans of requests and their children. Work of the service itself is not traced.
    pub fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&self) -> impl Layer<S> + use<S> {
        let of_ours = |metadata: &Metadata<'_>| metadata.is_span() && metadata.target().starts_with("usher");
        let of_requests = dynamic_filter_fn(move |metadata: &Metadata<'_>, context: &Context<'_, S>| {
            of_ours(metadata) && (metadata.name() == REQUEST_SPAN || context.lookup_current().is_some())
        });
        let of_requests = of_requests
            .with_callsite_filter(move |site| if of_ours(site) { Interest::sometimes() } else { Interest::never() })
            .with_max_level_hint(LevelFilter::INFO);
        tracing_opentelemetry::layer::<S>()
            .with_tracer(self.0.tracer("usher"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(of_requests)
    }

    /// Sends the remaining spans, within a short time.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(SHUTDOWN_TIMEOUT) {
            tracing::warn!(%error, "cannot export the last spans");
        }
    }
}

fn sampling(settings: &TraceSettings) -> Sampling {
    let ratio = Sampling::TraceIdRatioBased(settings.otel_traces_sampler_arg);
    let by_parent = |sampling| Sampling::ParentBased(Box::new(sampling));
    match settings.otel_traces_sampler {
        Sampler::AlwaysOn => Sampling::AlwaysOn,
        Sampler::AlwaysOff => Sampling::AlwaysOff,
        Sampler::Traceidratio => ratio,
        Sampler::ParentbasedAlwaysOn => by_parent(Sampling::AlwaysOn),
        Sampler::ParentbasedAlwaysOff => by_parent(Sampling::AlwaysOff),
        Sampler::ParentbasedTraceidratio => by_parent(ratio),
    }
}

/// The resource of all spans. The name of the setting takes precedence over one among the attributes, and that over the
/// default.
fn resource(settings: &TraceSettings) -> Resource {
    let defaults = [("service.name", "usher"), ("service.version", env!("CARGO_PKG_VERSION"))];
    let attributes = settings.otel_resource_attributes.iter().cloned().map(|(key, value)| KeyValue::new(key, value));
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(defaults.map(|(key, value)| KeyValue::new(key, value)))
        .with_attributes(attributes);
    match &settings.otel_service_name {
        Some(name) => resource.with_service_name(name.clone()).build(),
        None => resource.build(),
    }
}

type HeaderFields = HashMap<String, String>;

/// The URL of the collector, if one is set, and the header fields for it.
pub fn prepare(settings: &TraceSettings) -> Result<Option<(String, HeaderFields)>, Failure> {
    let text = secrets::from_environment(HEADERS)?.unwrap_or_default();
    let fields = text.split(',').filter(|field| !field.trim().is_empty());
    let fields = fields.map(pair).collect::<Result<_, _>>().context(HEADERS)?;
    Ok(settings.url().map(|url| (url, fields)))
}

//! Traces of requests, exported by OTLP over HTTP where a collector is set; where none is, nothing of this is there.

mod collector;
mod queue;

use crate::{
    failure::Failure,
    secrets,
    settings::{Sampler, Traces as Settings, pair},
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

pub use queue::Tally;

const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
/// Longest that a batch is tried to be brought to the collector.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest that the end of the service waits for the last batch.
const FAREWELL: Duration = Duration::from_secs(3);

/// Traces on their way out.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to export, if there is where to.
    pub fn start(settings: &Settings, tally: &Arc<Tally>) -> Result<Option<Self>, Failure> {
        let Some((url, headers)) = prepare(settings)? else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(PATIENCE)
            .with_http_client(Collector::at(&url))
            .with_headers(headers)
            .with_endpoint(url)
            .build()
            .map_err(|error| Failure::during("traces cannot be exported", error))?;
        let provider = SdkTracerProvider::builder()
            .with_span_processor(queue::before(exporter, tally))
            .with_sampler(sampling(settings))
            .with_resource(resource(settings))
            .build();
        Ok(Some(Self(provider)))
    }

    /// Takes in the spans of requests, and what is below them: what the service does by itself is not traced.
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

    /// Sends what is left, but waits for nobody for long.
    pub fn finish(self) {
        if let Err(error) = self.0.shutdown_with_timeout(FAREWELL) {
            tracing::warn!(%error, "the last spans did not reach the collector of traces");
        }
    }
}

fn sampling(settings: &Settings) -> Sampling {
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

/// What the spans come from. A name of its own takes precedence over one among the attributes, and that over ours.
fn resource(settings: &Settings) -> Resource {
    let ours = [("service.name", "usher"), ("service.version", env!("CARGO_PKG_VERSION"))];
    let theirs = settings.otel_resource_attributes.iter().cloned().map(|(key, value)| KeyValue::new(key, value));
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(ours.map(|(key, value)| KeyValue::new(key, value)))
        .with_attributes(theirs);
    match &settings.otel_service_name {
        Some(name) => resource.with_service_name(name.clone()).build(),
        None => resource.build(),
    }
}

type HeaderFields = HashMap<String, String>;

/// Where the collector is, if there is one, and the header fields that it knows the service by.
pub fn prepare(settings: &Settings) -> Result<Option<(String, HeaderFields)>, Failure> {
    let text = secrets::from_environment(HEADERS)?.unwrap_or_default();
    let fields = text.split(',').filter(|field| !field.trim().is_empty());
    let fields = fields.map(pair).collect::<Result<_, _>>().map_err(|why| Failure::during(HEADERS, why))?;
    Ok(settings.url().map(|url| (url, fields)))
}

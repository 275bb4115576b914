//! The settings of traces.

use super::values::{pair, public_url, share, whole_url};
use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};

/// Where traces of requests go, by the variables of OpenTelemetry's specification. `OTEL_EXPORTER_OTLP_HEADERS`, or the file
/// that `OTEL_EXPORTER_OTLP_HEADERS_FILE` names, has header fields for the collector, such as its credentials.
#[derive(Args)]
pub struct TraceSettings {
    /// Collector of traces, by OTLP over HTTP: traces are sent to `/v1/traces` below this URL [default: none; nothing is
    /// traced]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = public_url)]
    pub otlp_endpoint: Option<String>,
    /// The complete URL for traces, to which no path is added
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value_name = "URL", value_parser = whole_url)]
    pub otlp_traces_endpoint: Option<String>,
    /// Name of the service in traces [default: usher]
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub otel_service_name: Option<String>,
    /// More attributes of the service in traces: `key=value` pairs, separated by commas
    #[arg(long, env = "OTEL_RESOURCE_ATTRIBUTES", value_name = "PAIRS", value_delimiter = ',', value_parser = pair)]
    pub otel_resource_attributes: Vec<(String, String)>,
    /// Which traces are sent; the parentbased samplers follow the decision of the caller if there is one
    #[arg(long, env = "OTEL_TRACES_SAMPLER", value_enum, default_value_t = Sampler::ParentbasedAlwaysOn)]
    pub otel_traces_sampler: Sampler,
    /// Share of traces that the ratio samplers send, from 0 to 1
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_name = "SHARE", default_value = "1", value_parser = share)]
    pub otel_traces_sampler_arg: f64,
}

impl TraceSettings {
    /// The URL that traces are sent to; `None` if they are not sent.
    pub fn url(&self) -> Option<String> {
        let below = || self.otlp_endpoint.as_ref().map(|base| format!("{base}/v1/traces"));
        self.otlp_traces_endpoint.clone().or_else(below)
    }
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Sampler {
    AlwaysOn,
    AlwaysOff,
    Traceidratio,
    ParentbasedAlwaysOn,
    ParentbasedAlwaysOff,
    ParentbasedTraceidratio,
}

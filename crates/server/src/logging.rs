//! Logs, on standard error, and beside them traces.

use crate::{
    malformed,
    settings::{LogFormat, Logging},
    traces::Traces,
};
use std::io::{IsTerminal, stderr};
use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// What the framework says of itself at `info` is of use to nobody; whoever names it gets it.
const FRAMEWORK: &str = "actix_server";

/// Begins to log, and to trace. What is not understood of the filter is said and passed over.
pub fn start(settings: &Logging, traces: Option<&Traces>) {
    let quiet = if settings.log.contains(FRAMEWORK) { String::new() } else { format!("{FRAMEWORK}=warn,") };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(format!("{quiet}{}", settings.log));
    // Errors of malformed requests are counted instead, unless the setting names what reads requests.
    let each = settings.log.contains(malformed::READER);
    let logged = move |metadata: &Metadata<'_>| metadata.is_event() && (each || !malformed::is_counted(metadata));
    let format =
        settings.log_format.unwrap_or_else(|| if stderr().is_terminal() { LogFormat::Pretty } else { LogFormat::Json });
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = match format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Spans are for traces. Where there are none, no layer asks for spans (one that is `None` would), and they cost nothing.
    let lines = lines.with_filter(filter.and(filter_fn(logged).with_max_level_hint(LevelFilter::TRACE)));
    let registry = Registry::default().with(lines).with(malformed::layer());
    match traces {
        Some(traces) => registry.with(traces.layer()).init(),
        None => registry.init(),
    }
}

//! The log, on standard error, and the layer of traces.

use crate::{
    invalid_requests,
    settings::{LogFormat, LogSettings},
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

/// The log target of Actix's server. Its messages at `info` are useless, so they are logged only if the setting names it.
const SERVER_TARGET: &str = "actix_server";

/// Starts logging and tracing. Directives that cannot be parsed are reported and ignored.
pub fn start(settings: &LogSettings, traces: Option<&Traces>) {
    let quiet = if settings.log.contains(SERVER_TARGET) { String::new() } else { format!("{SERVER_TARGET}=warn,") };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse_lossy(format!("{quiet}{}", settings.log));
    // Malformed requests are counted instead, unless the setting names the parser.
    let log_each = settings.log.contains(invalid_requests::PARSER_TARGET);
    let logged =
        move |metadata: &Metadata<'_>| metadata.is_event() && (log_each || !invalid_requests::is_counted(metadata));
    let format =
        settings.log_format.unwrap_or_else(|| if stderr().is_terminal() { LogFormat::Pretty } else { LogFormat::Json });
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr);
    let lines = match format {
        LogFormat::Pretty => lines.with_ansi(stderr().is_terminal()).with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // Spans are for traces. Without traces no layer enables spans (a layer that is `None` would), and they cost nothing.
    let lines = lines.with_filter(filter.and(filter_fn(logged).with_max_level_hint(LevelFilter::TRACE)));
    let registry = Registry::default().with(lines).with(invalid_requests::layer());
    match traces {
        Some(traces) => registry.with(traces.layer()).init(),
        None => registry.init(),
    }
}

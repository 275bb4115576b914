//! The HTTP client of the exporter of traces. It runs on the exporter's own thread and uses TLS as the rest of the service.

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use rustls::crypto::aws_lc_rs;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Maximum time of one attempt, name lookup included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of bytes of a response that are read.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

/// Logs when the collector becomes unavailable and when it is available again.
#[derive(Debug)]
pub struct Collector {
    agent: Agent,
    unavailable: AtomicBool,
}

impl Collector {
    pub fn at(url: &str) -> Self {
        let mut config = Agent::config_builder()
            .timeout_global(Some(ATTEMPT_TIMEOUT))
            .http_status_as_error(false)
            // The header fields must not be sent to another host.
            .max_redirects(0);
        if url.starts_with("https:") {
            config = config.tls_config(tls());
        }
        Self { agent: config.build().new_agent(), unavailable: AtomicBool::new(false) }
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = self.agent.run(request.map(Vec::<u8>::from))?.into_parts();
        let body = body.into_with_config().limit(MAX_RESPONSE_BYTES).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }

    fn log_changes(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let reason = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answered {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        match (self.unavailable.swap(reason.is_some(), Relaxed), reason) {
            (false, Some(reason)) => tracing::warn!(reason, "trace collector unavailable"),
            (true, None) => tracing::info!("trace collector available again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks: the exporter calls it on a thread that does nothing else.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.post(request);
        self.log_changes(&answer);
        answer
    }
}

/// TLS with the authorities that the system trusts, or those in the file of `SSL_CERT_FILE`.
fn tls() -> TlsConfig {
    let trusted = rustls_native_certs::load_native_certs();
    for error in trusted.errors {
        tracing::warn!(%error, "cannot read a certificate that the system trusts");
    }
    let authorities = trusted.certs.iter().map(|authority| Certificate::from_der(authority).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::from(authorities))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build()
}

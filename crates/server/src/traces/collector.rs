//! The collector of traces, as it is reached: HTTP on the exporter's own thread, TLS as everywhere in the service.

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

/// Longest that one attempt may take, name lookup included.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer that are read.
const ANSWER: u64 = 64 * 1024;

/// Says once in the log when it takes nothing any more, and when it does again.
#[derive(Debug)]
pub struct Collector {
    agent: Agent,
    away: AtomicBool,
}

impl Collector {
    pub fn at(url: &str) -> Self {
        let mut config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // Whom else the collector names is nobody to send header fields to.
            .max_redirects(0);
        if url.starts_with("https:") {
            config = config.tls_config(tls());
        }
        Self { agent: config.build().new_agent(), away: AtomicBool::new(false) }
    }

    fn post(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = self.agent.run(request.map(Vec::<u8>::from))?.into_parts();
        let body = body.into_with_config().limit(ANSWER).read_to_vec()?;
        Ok(Response::from_parts(parts, body.into()))
    }

    fn tell(&self, answer: &Result<Response<Bytes>, HttpError>) {
        let why = match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        match (self.away.swap(why.is_some(), Relaxed), why) {
            (false, Some(why)) => tracing::warn!(why, "the collector of traces takes none"),
            (true, None) => tracing::info!("the collector of traces takes them again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks: the exporter calls it on a thread that does nothing else.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let answer = self.post(request);
        self.tell(&answer);
        answer
    }
}

/// The authorities that the system trusts, or those of the file that `SSL_CERT_FILE` names.
fn tls() -> TlsConfig {
    let trusted = rustls_native_certs::load_native_certs();
    for error in trusted.errors {
        tracing::warn!(%error, "a certificate that the system trusts could not be read");
    }
    let authorities = trusted.certs.iter().map(|authority| Certificate::from_der(authority).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::from(authorities))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build()
}

//! A collector of traces outside of the service: it speaks OTLP over HTTP (<https://opentelemetry.io/docs/specs/otlp/>),
//! and keeps everything that it receives.

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{ResourceSpans, Span as Sent, status::StatusCode},
};
use prost::Message;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fmt::Write,
    io,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// A collector on this machine.
pub struct Collector {
    /// Where it listens.
    pub url: String,
    /// Its certificate, in PEM, if it uses TLS.
    pub certificate: String,
    posts: Arc<Mutex<Vec<Post>>>,
}

/// The content of one request.
struct Post {
    head: String,
    body: Vec<u8>,
}

/// A received span.
#[derive(Debug, Clone)]
pub struct Span {
    /// The trace, the span itself and the one above it, in hex; the last is empty if there is none.
    pub trace: String,
    pub id: String,
    pub parent: String,
    /// What `tracestate` said.
    pub state: String,
    pub name: String,
    /// 1 is internal, 2 a server's, 3 a client's.
    pub kind: i32,
    pub failed: bool,
    pub attributes: BTreeMap<String, Value>,
    /// In ns.
    pub took: u64,
}

impl Collector {
    /// One that accepts everything.
    pub async fn start() -> Self {
        let (collector, listener) = Self::at("http://127.0.0.1").await;
        let posts = Arc::clone(&collector.posts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&posts)));
            }
        });
        collector
    }

    /// The same, by TLS.
    pub async fn encrypted() -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let tls = TlsAcceptor::from(Arc::new(config.unwrap()));
        let (collector, listener) = Self::at("https://localhost").await;
        let posts = Arc::clone(&collector.posts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, posts) = (tls.clone(), Arc::clone(&posts));
                tokio::spawn(async move { converse(tls.accept(stream).await?, posts).await });
            }
        });
        Self { certificate: cert.pem(), ..collector }
    }

    /// One that accepts connections and never answers.
    pub async fn silent() -> Self {
        let (collector, listener) = Self::at("http://127.0.0.1").await;
        tokio::spawn(async move {
            let mut callers = Vec::new();
            while let Ok(caller) = listener.accept().await {
                callers.push(caller);
            }
        });
        collector
    }

    async fn at(host: &str) -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{host}:{}", listener.local_addr().unwrap().port());
        (Self { url, certificate: String::new(), posts: Arc::default() }, listener)
    }

    fn posts(&self) -> MutexGuard<'_, Vec<Post>> {
        self.posts.lock().unwrap()
    }

    /// The heads of the requests, in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.posts().iter().map(|post| post.head.to_lowercase()).collect()
    }

    /// Whether this text is in any request.
    pub fn has(&self, text: &str) -> bool {
        self.posts().iter().any(|post| {
            post.head.contains(text) || post.body.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }

    fn resource_spans(&self) -> Vec<ResourceSpans> {
        let posts = self.posts();
        let requests = posts.iter().map(|post| ExportTraceServiceRequest::decode(post.body.as_slice()).unwrap());
        requests.flat_map(|request| request.resource_spans).collect()
    }

    /// The resource of the spans; it must be the same for all.
    pub fn resource(&self) -> BTreeMap<String, Value> {
        let resources = self.resource_spans().into_iter().map(|spans| attributes(spans.resource.unwrap().attributes));
        let mut resources: Vec<_> = resources.collect();
        resources.dedup();
        assert_eq!(resources.len(), 1, "{resources:?}");
        resources.remove(0)
    }

    /// All spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let scopes = self.resource_spans().into_iter().flat_map(|spans| spans.scope_spans);
        scopes.flat_map(|spans| spans.spans).map(Span::from).collect()
    }
}

impl From<Sent> for Span {
    fn from(sent: Sent) -> Self {
        assert!(sent.events.is_empty() && sent.links.is_empty(), "{sent:?}");
        let status = sent.status.map_or(StatusCode::Unset, |status| status.code());
        assert_ne!(status, StatusCode::Ok, "a server does not say that all is well");
        Self {
            trace: hex(&sent.trace_id),
            id: hex(&sent.span_id),
            parent: hex(&sent.parent_span_id),
            state: sent.trace_state,
            name: sent.name,
            kind: sent.kind,
            failed: status == StatusCode::Error,
            attributes: attributes(sent.attributes),
            took: sent.end_time_unix_nano.checked_sub(sent.start_time_unix_nano).expect("time that goes forward"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, Value> {
    let pairs = pairs.into_iter().map(|KeyValue { key, value, .. }| {
        let value = match value.unwrap().value.unwrap() {
            any_value::Value::StringValue(text) => json!(text),
            any_value::Value::IntValue(number) => json!(number),
            other => panic!("{key} is {other:?}"),
        };
        (key, value)
    });
    pairs.collect()
}

/// Takes requests on one connection, until it ends.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, posts: Arc<Mutex<Vec<Post>>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
        });
        let mut body = vec![0; length.unwrap()];
        stream.read_exact(&mut body).await?;
        posts.lock().unwrap().push(Post { head, body });
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
            .await?;
        stream.flush().await?;
    }
}

//! One connection: how it is made, and how long it can be used.

mod establish;
mod labelled;

use crate::connection_string;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, pooled_connection::PoolableConnection};
use establish::{Established, NEXT_HOST, establish, hosts};
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Maximum time to make a connection, if one host is named. A request does not wait that long for one of the pool (`pool.rs`).
const CONNECT: Duration = Duration::from_secs(5);
/// Connections are distrusted no more often than this: a primary that stays read-only answers every write like this.
const DISTRUST_EVERY: Duration = Duration::from_secs(1);

/// Makes connections to one database. Clones share the state of those made so far.
#[derive(Clone)]
pub(crate) struct Connector {
    url: String,
    trust: Arc<Trust>,
}

impl Connector {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            trust: Arc::new(Trust { began: Instant::now(), lost: AtomicU64::new(0), loss: Notify::new() }),
        }
    }

    /// Makes one connection with the limits of the service. Its driver lives on the runtime of `handle`, which outlives every
    /// worker thread.
    ///
    /// `sslmode=require` in the URL asks for TLS and, unlike libpq, always checks the server's certificate and name against the
    /// authorities that the system trusts, or those of the file that `SSL_CERT_FILE` names.
    pub(crate) async fn connect(&self, handle: &Handle) -> ConnectionResult<Connection> {
        let mut config = connection_string::parse(&self.url).map_err(ConnectionError::InvalidConnectionUrl)?;
        config.application_name("usher");
        let made_at = Instant::now();
        let made = handle.spawn(async move {
            let tls = match config.get_ssl_mode() {
                SslMode::Require => Some(TLS.as_ref().map_err(|why| ConnectionError::BadConnection(why.clone()))?),
                _ => None,
            };
            // Each host that does not answer delays those after it.
            let others = u32::try_from(hosts(&config).saturating_sub(1)).unwrap_or(u32::MAX);
            let limit = CONNECT.saturating_add(NEXT_HOST.saturating_mul(others));
            match tokio::time::timeout(limit, establish(&config, tls)).await {
                Ok(made) => made,
                Err(_) => Err(ConnectionError::BadConnection(format!("no answer within {} s", limit.as_secs()))),
            }
        });
        let established = made.await.map_err(|lost| ConnectionError::BadConnection(lost.to_string()))??;
        Ok(Connection { established, made_at, trust: Arc::clone(&self.trust) })
    }

    /// Prevents the reuse of all present connections: the server behind them may not be the primary any more.
    pub(crate) fn distrust(&self) {
        self.trust.lose();
    }
}

/// The authorities that the system trusts, read once.
static TLS: LazyLock<Result<MakeRustlsConnect, String>> =
    LazyLock::new(|| match MakeRustlsConnect::with_native_certs() {
        Ok((connector, unread)) => {
            for error in unread {
                tracing::warn!(%error, "cannot read a certificate that the system trusts");
            }
            Ok(connector)
        }
        Err(_) => Err("the system trusts no certificate authority; name a file of them in SSL_CERT_FILE".to_owned()),
    });

/// Until when connections are distrusted.
struct Trust {
    began: Instant,
    /// Milliseconds after the start; 0 if none are distrusted.
    lost: AtomicU64,
    /// Wakes connections that wait for a loss.
    loss: Notify,
}

impl Trust {
    fn millis(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }

    fn lose(&self) {
        let now = self.millis(Instant::now()).max(1);
        let every = u64::try_from(DISTRUST_EVERY.as_millis()).unwrap_or(u64::MAX);
        let lost =
            self.lost.fetch_update(Relaxed, Relaxed, |lost| (lost == 0 || now - lost.min(now) >= every).then_some(now));
        // If another thread was faster, it did the same.
        if lost.is_ok() {
            self.loss.notify_waiters();
        }
    }

    fn in_one_made(&self, at: Instant) -> bool {
        let lost = AtomicU64::load(&self.lost, Relaxed);
        lost == 0 || self.millis(at) > lost
    }
}

/// A connection to the database.
pub(crate) struct Connection {
    established: Established,
    made_at: Instant,
    trust: Arc<Trust>,
}

impl Connection {
    /// Changes with each notification that arrives (`LISTEN`); closed with the connection.
    pub(crate) fn notifications(&self) -> watch::Receiver<()> {
        self.established.notifications.clone()
    }

    /// Waits until the server behind it is no longer believed to be the primary.
    pub(crate) async fn distrusted(&self) {
        loop {
            let loss = self.trust.loss.notified();
            if !self.is_trusted() {
                return;
            }
            loss.await;
        }
    }

    /// Whether the server behind it is still believed to be the primary.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trust.in_one_made(self.made_at)
    }
}

impl PoolableConnection for Connection {
    fn is_broken(&mut self) -> bool {
        !self.is_trusted() || self.established.connection.is_broken()
    }
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.established.connection
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.established.connection
    }
}

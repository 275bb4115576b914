//! The hosts of a connection string, and connecting to the first one that answers.
//!
//! The driver can do this by itself, but waits for the first host forever if that accepts connections and then sends
//! nothing, and it does not let us wrap the stream from the server.

use super::labelled::Labelled;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use futures_util::{
    TryFutureExt,
    future::MapOk,
    stream::{FuturesUnordered, StreamExt},
};
use rustix::net::sockopt;
use std::{
    future::poll_fn,
    hash::{BuildHasher, RandomState},
    io,
    net::SocketAddr,
    path::Path,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream, lookup_host},
    sync::watch,
    task::JoinHandle,
};
use tokio_postgres::{
    AsyncMessage, Config, NoTls, SimpleQueryMessage,
    config::{Host, LoadBalanceHosts, SslMode, TargetSessionAttrs},
    tls::{MakeTlsConnect, TlsConnect},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// After this time without an answer the next host, or the next address of a host, is tried as well.
pub(super) const NEXT_HOST: Duration = Duration::from_millis(500);
/// What the database itself enforces on each connection. The idle limit ends a transaction whose request was lost.
const SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'; SHOW transaction_read_only";

/// A connection and the task that drives it, which ends with it.
pub(crate) struct Established {
    pub(super) connection: AsyncPgConnection,
    /// Changes with each notification that arrives.
    pub(super) notifications: watch::Receiver<()>,
    _driver: Driver,
}

struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How many hosts `config` names.
pub(super) fn hosts(config: &Config) -> usize {
    config.get_hosts().len().max(config.get_hostaddrs().len())
}

/// Connects to the first of the hosts that answers; encrypted if there is `tls`.
pub(super) async fn establish(config: &Config, tls: Option<&MakeRustlsConnect>) -> ConnectionResult<Established> {
    let (names, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let hosts = hosts(config);
    if hosts == 0 {
        return Err(ConnectionError::BadConnection("no host is named".to_owned()));
    }
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(ConnectionError::BadConnection("host and hostaddr have different lengths".to_owned()));
    }
    if ports.len() > 1 && ports.len() != hosts {
        return Err(ConnectionError::BadConnection("host and port have different lengths".to_owned()));
    }
    let places = in_order(config, 0..hosts);
    let attempts = places.into_iter().map(move |at| async move {
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        match (names.get(at), addresses.get(at)) {
            (Some(Host::Unix(folder)), None) => at_socket(config, folder, port).await,
            (Some(Host::Tcp(name)), None) => {
                let found = lookup_host((name.as_str(), port)).await.map_err(|error| error.to_string())?;
                let attempts =
                    in_order(config, found).into_iter().map(|address| at_address(config, address, name, tls));
                first(attempts).await
            }
            (Some(Host::Tcp(name)), Some(address)) => at_address(config, (*address, port).into(), name, tls).await,
            (_, Some(address)) => at_address(config, (*address, port).into(), "", tls).await,
            (None, None) => Err("no host is named".to_owned()),
        }
    });
    first(attempts).await.map_err(ConnectionError::BadConnection)
}

/// The order in which hosts are tried: as named, unless the URL asks for another.
fn in_order<T>(config: &Config, places: impl Iterator<Item = T>) -> Vec<T> {
    let mut places: Vec<T> = places.collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        places.sort_by_cached_key(|_| RandomState::new().hash_one(()));
    }
    places
}

/// The connection of the first attempt that succeeds. Each begins when the one before it has failed, or has been running
/// for [`NEXT_HOST`]. If all fail, the error has the reason of each.
async fn first<T>(attempts: impl Iterator<Item = impl Future<Output = Result<T, String>>>) -> Result<T, String> {
    let mut attempts = attempts;
    let mut under_way = FuturesUnordered::new();
    let mut failures = Vec::new();
    loop {
        let next = attempts.next();
        let is_last = next.is_none();
        under_way.extend(next);
        let ended = if is_last {
            under_way.next().await
        } else {
            match tokio::time::timeout(NEXT_HOST, under_way.next()).await {
                Ok(ended) => ended,
                Err(_) => continue,
            }
        };
        match ended {
            Some(Ok(made)) => return Ok(made),
            Some(Err(why)) => failures.push(why),
            None if failures.is_empty() => return Err("the host has no address".to_owned()),
            None => return Err(failures.join("; ")),
        }
    }
}

async fn at_socket(config: &Config, folder: &Path, port: u16) -> Result<Established, String> {
    let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.map_err(|error| refused(&error))?;
    // As libpq does: nothing leaves the machine.
    let config = config.clone().ssl_mode(SslMode::Disable).to_owned();
    start(&config, Labelled::new(stream), NoTls).await
}

async fn at_address(
    config: &Config,
    address: SocketAddr,
    name: &str,
    tls: Option<&MakeRustlsConnect>,
) -> Result<Established, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| refused(&error))?;
    set_options(config, &stream).map_err(|error| refused(&error))?;
    match tls {
        None => start(config, Labelled::new(stream), NoTls).await,
        Some(tls) => {
            let tls = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls.clone(), name);
            start(config, stream, LabelledTls(tls.map_err(|error| error.to_string())?)).await
        }
    }
}

fn refused(error: &io::Error) -> String {
    format!("error connecting to server: {error}")
}

/// The options of a socket that the URL may set.
fn set_options(config: &Config, stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    if let Some(timeout) = config.get_tcp_user_timeout() {
        sockopt::set_tcp_user_timeout(stream, u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX))?;
    }
    if config.get_keepalives() {
        sockopt::set_socket_keepalive(stream, true)?;
        sockopt::set_tcp_keepidle(stream, config.get_keepalives_idle())?;
        if let Some(interval) = config.get_keepalives_interval() {
            sockopt::set_tcp_keepintvl(stream, interval)?;
        }
        if let Some(retries) = config.get_keepalives_retries() {
            sockopt::set_tcp_keepcnt(stream, retries)?;
        }
    }
    Ok(())
}

/// TLS by the inner connector, with labelled errors.
struct LabelledTls<T>(T);

impl<S, T: TlsConnect<S>> TlsConnect<S> for LabelledTls<T> {
    type Stream = Labelled<T::Stream>;
    type Error = T::Error;
    type Future = MapOk<T::Future, fn(T::Stream) -> Labelled<T::Stream>>;

    fn connect(self, stream: S) -> Self::Future {
        self.0.connect(stream).map_ok(Labelled::new)
    }
}

/// Signs in on a stream, and gives the connection the limits of the service.
async fn start<S, T>(config: &Config, stream: S, tls: T) -> Result<Established, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsConnect<S>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect_raw(stream, tls).await.map_err(|error| describe(&error))?;
    let (notified, notifications) = watch::channel(());
    let driver = Driver(tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notification(_)) => {
                    notified.send_replace(());
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(error = describe(&error), "a connection to the database has ended");
                    return;
                }
            }
        }
    }));
    let answers = client.simple_query(SETTINGS).await.map_err(|error| describe(&error))?;
    let read_only =
        answers.iter().any(|answer| matches!(answer, SimpleQueryMessage::Row(row) if row.get(0) == Some("on")));
    match config.get_target_session_attrs() {
        TargetSessionAttrs::ReadWrite if read_only => Err("the server takes no writes".to_owned()),
        TargetSessionAttrs::ReadOnly if !read_only => Err("the server is not read-only".to_owned()),
        _ => {
            let connection = AsyncPgConnection::try_from(client).await.map_err(|error| error.to_string())?;
            Ok(Established { connection, notifications, _driver: driver })
        }
    }
}

/// An error of the driver with its cause, which it does not print by itself.
fn describe(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

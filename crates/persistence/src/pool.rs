//! Connections: how one is made, how many there are, how long anything may take on one.

use crate::{Error, connection_string};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use futures_util::FutureExt;
use std::{sync::LazyLock, time::Duration};
use tokio::runtime::Handle;
use tokio_postgres::{NoTls, config::SslMode, tls::MakeTlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) type Pool = deadpool::Pool<AsyncPgConnection>;
pub(crate) type Pooled = deadpool::Object<AsyncPgConnection>;

/// Longest a request waits for a connection before it is told to come back later.
const CHECKOUT: Duration = Duration::from_secs(2);
/// Longest that making a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// What the database itself enforces on each connection. The idle limit ends a transaction whose request was lost.
const SETTINGS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET TIME ZONE 'UTC'";

/// Makes one connection with the limits of the service. Its driver lives on the runtime of `handle`, which outlives every
/// worker thread.
///
/// `sslmode=require` in the URL asks for TLS and, unlike libpq, always checks the server's certificate and name against the
/// authorities that the system trusts, or those of the file that `SSL_CERT_FILE` names; `verify-ca` and `verify-full` are
/// taken for the same.
pub(crate) async fn connect(url: &str, handle: &Handle) -> ConnectionResult<AsyncPgConnection> {
    let mut config = connection_string::parse(url).map_err(ConnectionError::InvalidConnectionUrl)?;
    config.application_name("usher").connect_timeout(CONNECT);
    let made = handle.spawn(async move {
        let mut connection = if config.get_ssl_mode() == SslMode::Require {
            establish(&config, TLS.clone().map_err(ConnectionError::BadConnection)?).await?
        } else {
            establish(&config, NoTls).await?
        };
        connection.batch_execute(SETTINGS).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(connection)
    });
    match tokio::time::timeout(CONNECT, made).await {
        Ok(Ok(made)) => made,
        Ok(Err(lost)) => Err(ConnectionError::BadConnection(lost.to_string())),
        Err(_) => Err(ConnectionError::BadConnection(format!("no answer within {} s", CONNECT.as_secs()))),
    }
}

/// The authorities that the system trusts, read once.
static TLS: LazyLock<Result<MakeRustlsConnect, String>> =
    LazyLock::new(|| match MakeRustlsConnect::with_native_certs() {
        Ok((connector, unread)) => {
            for error in unread {
                tracing::warn!(%error, "a certificate that the system trusts could not be read");
            }
            Ok(connector)
        }
        Err(_) => Err("the system trusts no certificate authority; name a file of them in SSL_CERT_FILE".to_owned()),
    });

async fn establish<T>(config: &tokio_postgres::Config, tls: T) -> ConnectionResult<AsyncPgConnection>
where
    T: MakeTlsConnect<tokio_postgres::Socket>,
    T::Stream: Send + Unpin + 'static,
{
    let (client, connection) =
        config.connect(tls).await.map_err(|error| ConnectionError::BadConnection(describe(&error)))?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// An error of the driver with its cause, which it does not print by itself.
fn describe(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

pub(crate) fn pool(url: &str, size: usize, handle: &Handle) -> Result<Pool, Error> {
    let handle = handle.clone();
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let (url, handle) = (url.to_owned(), handle.clone());
        async move { connect(&url, &handle).await }.boxed()
    });
    Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
        .max_size(size)
        .build()
        .map_err(|error| Error::Unavailable(error.to_string()))
}

/// A connection of the pool's, or [`Error::Unavailable`] when all are busy for too long.
pub(crate) async fn checkout(pool: &Pool) -> Result<Pooled, Error> {
    match tokio::time::timeout(CHECKOUT, pool.get()).await {
        Ok(connection) => Ok(connection?),
        Err(_) => Err(Error::Unavailable("all connections are busy".to_owned())),
    }
}

//! Connections that requests share: how many there are, and how long a request waits for one.

use crate::{
    Error,
    connection::{Connection, Connector},
};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool};
use futures_util::FutureExt;
use std::time::Duration;
use tokio::runtime::Handle;

pub(crate) type Pool = deadpool::Pool<Connection>;
pub(crate) type Pooled = deadpool::Object<Connection>;

/// Maximum time a request waits for a connection before it gets a 503, also if the connection is being made.
///
/// This is less than the limit for making one, which is for a start, where nobody waits for an answer: the client of a request
/// had better get a 503 and send the request again. If making a connection takes longer than this, each request gives up its
/// attempt, and the service is not ready. That is right for a server that is always so slow. One that is waking up or
/// recovering accepts the attempts of later requests sooner.
const CHECKOUT: Duration = Duration::from_secs(2);

pub(crate) fn pool(connector: &Connector, size: usize, handle: &Handle) -> Result<Pool, Error> {
    let (connector, handle) = (connector.clone(), handle.clone());
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |_| {
        let (connector, handle) = (connector.clone(), handle.clone());
        async move { connector.connect(&handle).await }.boxed()
    });
    // The connector knows the URL.
    Pool::builder(AsyncDieselConnectionManager::new_with_config("", config))
        .max_size(size)
        .build()
        .map_err(|error| Error::Unavailable(error.to_string()))
}

/// A connection of the pool's, or [`Error::Unavailable`] when none is free or made in time.
pub(crate) async fn checkout(pool: &Pool) -> Result<Pooled, Error> {
    match tokio::time::timeout(CHECKOUT, pool.get()).await {
        Ok(connection) => Ok(connection?),
        Err(_) => {
            let status = pool.status();
            let all_are_made = status.size >= status.max_size;
            let why =
                if all_are_made { "all connections are busy" } else { "the database accepts no connection in time" };
            Err(Error::Unavailable(why.to_owned()))
        }
    }
}

//! Connections that are opened and not used. Browsers and proxies open some beforehand. The server would send them a 408
//! after a while, which a client may take for the answer to the request that it sends next. They are closed without a word
//! instead.

use std::{any::Any, net::Shutdown, os::fd::AsFd, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long a connection may be silent from its start: less than the server's own patience, whose timers are up to half a
/// second early.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(9);

/// Closes a connection on which nothing comes.
pub fn close_if_unused(stream: &dyn Any) {
    // Without a second handle the connection gets the 408.
    let Some(Ok(handle)) = stream.downcast_ref::<TcpStream>().map(|stream| stream.as_fd().try_clone_to_owned()) else {
        return;
    };
    let Ok(handle) = TcpStream::from_std(handle.into()) else { return };
    actix_web::rt::spawn(async move {
        if timeout(FIRST_BYTE_TIMEOUT, handle.readable()).await.is_err()
            && let Ok(handle) = handle.into_std()
        {
            // One that is gone needs no closing.
            drop(handle.shutdown(Shutdown::Both));
        }
    });
}

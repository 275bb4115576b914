//! Closes connections on which nothing was ever sent. Browsers and proxies open some in advance. The server would send a 408
//! after a while, which a client may take for the response to the request that it sends next. They are closed without a
//! response instead.

use std::{any::Any, net::Shutdown, os::fd::AsFd, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// Maximum time for the first byte to arrive: less than the server's own timeout, whose timers are up to half a second early.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(9);

/// Closes the connection if nothing arrives in time.
pub fn close_if_silent(stream: &dyn Any) {
    // Without a second handle to the socket, the client gets the 408.
    let Some(Ok(handle)) = stream.downcast_ref::<TcpStream>().map(|stream| stream.as_fd().try_clone_to_owned()) else {
        return;
    };
    let Ok(handle) = TcpStream::from_std(handle.into()) else { return };
    actix_web::rt::spawn(async move {
        if timeout(FIRST_BYTE_TIMEOUT, handle.readable()).await.is_err()
            && let Ok(handle) = handle.into_std()
        {
            // The connection may be closed already.
            drop(handle.shutdown(Shutdown::Both));
        }
    });
}

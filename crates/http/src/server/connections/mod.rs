//! Connections from clients, with a time limit for the head of each request.
//!
//! Actix limits the time only for the first request of a connection. On a connection that is kept, a client could send a part of
//! a head and hold the connection for ever. So the server listens on [`ClientConnection`]s, which end when the time is over.
//! They know from [`RequestPhase`] whether a request is in progress, which the outermost middleware, [`track`], records.

mod client_connection;
mod listen;
mod request_phase;
mod tracked_body;

pub use listen::listen;
pub use tracked_body::track;

use std::time::Duration;

/// Maximum time for the head of a request to arrive, after its first byte. For the first request of a connection, after the
/// connection was made.
const HEAD_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time for the first byte of a connection to arrive. Less than [`HEAD_READ_TIMEOUT`], for which the server's timers are
/// up to half a second early. Browsers and proxies open connections in advance. After that time the server would send a 408,
/// which a client may take for the response to the request that it sends next. They are closed without a response instead.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(9);

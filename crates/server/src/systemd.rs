//! Notifies systemd of the state of the service, if systemd requests it (`Type=notify`, `sd_notify(3)`).

use std::{
    env, io,
    os::unix::{
        ffi::OsStrExt,
        net::{SocketAddr, UnixDatagram},
    },
};

/// A state that systemd distinguishes.
#[derive(Debug, Clone, Copy)]
pub enum State {
    Ready,
    Stopping,
}

/// Sends the state to the socket in `NOTIFY_SOCKET`, if there is one.
pub fn notify(state: State) {
    if let Err(error) = send(state) {
        tracing::warn!(%error, ?state, "NOTIFY_SOCKET: cannot notify systemd");
    }
}

fn send(state: State) -> io::Result<()> {
    let Some(name) = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else { return Ok(()) };
    let message: &[u8] = match state {
        State::Ready => b"READY=1",
        State::Stopping => b"STOPPING=1",
    };
    UnixDatagram::unbound()?.send_to_addr(message, &address(name.as_bytes())?)?;
    Ok(())
}

/// A path, or after an `@` a name in the abstract namespace of Linux.
fn address(name: &[u8]) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name))
}

//! Where mail is delivered: to a mail server, or into a folder.

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, transport::smtp::extension::ClientId};
use std::{
    io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;
use usher_data_dir::Directory;

/// Maximum time for one command of the SMTP session.
const SMTP_COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum time for the whole session, for servers that answer each command just in time.
const SMTP_SESSION_TIMEOUT: Duration = Duration::from_mins(1);

/// The folder of the data directory that mail is written to if there is no mail server.
const OUTBOX: &str = "outbox";

/// Delivers mail.
#[derive(Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// As files into the folder `outbox` of this data directory, for development.
    Folder(PathBuf),
}

/// A mail could not be delivered.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct SendError {
    pub(crate) reason: String,
    /// The server says that trying again is useless (5xx, RFC 5321 §4.2.1).
    pub(crate) permanent: bool,
}

impl SendError {
    fn temporary(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), permanent: false }
    }
}

impl Transport {
    /// The maximum time that [`Self::send`] takes.
    pub(crate) const SEND_TIMEOUT: Duration = SMTP_SESSION_TIMEOUT;

    /// A mail server by its URL: `smtps://user:password@host` (TLS from the start, port 465) or `smtp://…` (STARTTLS, port
    /// 587). STARTTLS is required unless the server is on this machine or the URL ends in `?tls=none`. The path of the URL is
    /// the name in the EHLO command; by default that is `hello`, or the address of this machine.
    ///
    /// # Errors
    /// A sentence that does not repeat the URL, because the URL contains a password.
    pub fn smtp(url: &str, hello: Option<&str>) -> Result<Self, String> {
        let mut url = Url::parse(url.trim()).map_err(|error| {
            format!(
                "is not a URL: {error}; percent-encode the user name and the password (`@` is %40, `/` %2F, `?` %3F, `#` %23), \
                 and leave out quotation marks"
            )
        })?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("names no host; write it like smtps://user:password@mail.example.com")?;
        if host.starts_with('[') {
            return Err("names an IPv6 address, which cannot be connected to here; write the host's name".to_owned());
        }
        // In a URL of such a scheme an address is text like any other (https://url.spec.whatwg.org/#host-parsing).
        let local = host == "localhost" || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
        let tls = match url.query() {
            None => None,
            Some("tls=none") => Some(false),
            Some("tls=required") => Some(true),
            Some(_) => return Err("may end in ?tls=required or ?tls=none, and nothing else".to_owned()),
        };
        let encrypted = match url.scheme() {
            "smtps" => true,
            "smtp" => tls.unwrap_or(!local),
            _ => return Err("must begin with smtps:// or smtp://".to_owned()),
        };
        if !encrypted && !local && url.password().is_some() {
            return Err("would send the password to another machine unencrypted".to_owned());
        }
        if url.scheme() == "smtp" {
            url.set_query(encrypted.then_some("tls=required"));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str());
        let transport = transport.map_err(|error| format!("cannot be used: {error}"))?;
        let hello = hello.filter(|_| matches!(url.path(), "" | "/"));
        let transport = match hello {
            Some(name) => transport.hello_name(ClientId::Domain(name.to_owned())),
            None => transport,
        };
        Ok(Self::Smtp(transport.timeout(Some(SMTP_COMMAND_TIMEOUT)).build()))
    }

    /// Delivers a mail. `name` is the name of the file.
    pub(crate) async fn send(&self, name: &str, message: Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(server) => match tokio::time::timeout(SMTP_SESSION_TIMEOUT, server.send(message)).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(error)) => Err(SendError { permanent: error.is_permanent(), reason: error.to_string() }),
                Err(_) => Err(SendError::temporary(format!("not done after {} s", SMTP_SESSION_TIMEOUT.as_secs()))),
            },
            Self::Folder(data_dir) => {
                let (data_dir, name) = (data_dir.clone(), name.to_owned());
                let written = tokio::task::spawn_blocking(move || write(&data_dir, &name, &message.formatted()));
                match written.await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(SendError::temporary(error.to_string())),
                    Err(error) => Err(SendError::temporary(error.to_string())),
                }
            }
        }
    }
}

impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Smtp(_) => f.write_str("by the mail server"),
            Self::Folder(data_dir) => write!(f, "as files in {}", data_dir.join(OUTBOX).display()),
        }
    }
}

/// Writes a file that only its owner can read. The file is written outside of the folder and then moved, so that programs
/// that watch the folder see only complete mails. A second copy replaces the first.
fn write(data_dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let data_dir = Directory::create(data_dir)?;
    let outbox = data_dir.create_subdirectory(OUTBOX)?;
    // A draft of the same name was left by a crash while this mail was written.
    let draft = format!(".{name}.{}", std::process::id());
    data_dir.write_into(draft, &outbox, name, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(url: &str) -> String {
        match Transport::smtp(url, None) {
            Ok(_) => panic!("{url} is accepted"),
            Err(fault) => fault,
        }
    }

    #[test]
    fn mail_servers_are_named_by_url() {
        for url in [
            "smtps://mail.example.com",
            "smtps://user:p%40ss@mail.example.com:4465/my.name",
            "smtp://user:secret@mail.example.com",
            "smtp://mail.example.com?tls=required",
            "smtp://mailpit:1025?tls=none",
            "smtp://127.0.0.1:2525",
            "smtp://user:secret@localhost:2525",
        ] {
            assert!(Transport::smtp(url, Some("id.example.com")).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_invalid_url_is_refused_without_repeating_its_password() {
        for url in [
            "mail.example.com",
            "https://user:secret@mail.example.com",
            "smtp://user:secret@mail.example.com?tls=none",
            "smtp://user:secret@mail.example.com?tls=opportunistic",
            "smtps://",
            "smtps://user:secret@[2001:db8::1]",
        ] {
            assert!(!fault(url).contains("secret"), "{url}");
        }
        assert!(fault("smtp://user:secret@mail.example.com?tls=none").contains("unencrypted"));
    }
}

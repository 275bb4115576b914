//! Requests that no well-behaved client would send, byte by byte.

use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest that an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to the service.
pub struct Raw(TcpStream);

impl Raw {
    pub(crate) async fn connect(url: &str) -> Self {
        Self(TcpStream::connect(url.trim_start_matches("http://")).await.unwrap())
    }

    /// Sends bytes. The service may have answered and closed before it has read all of them.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        drop(self.0.write_all(bytes.as_ref()).await);
        self
    }

    /// All that comes until the service closes the connection, which the request should have asked for. A reset ends it
    /// too: what was sent in vain is thrown away with the connection.
    pub async fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        drop(timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("an answer in time"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The status of the answer.
    pub async fn status(&mut self) -> u16 {
        let answer = self.answer().await;
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }
}

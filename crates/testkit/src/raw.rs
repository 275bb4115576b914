//! Requests that no well-behaved client would send, byte by byte.

use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Maximum time for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

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

    /// One answer, to the end that its `Content-Length` says, or as much of it as comes before the connection ends.
    pub async fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = async { while !whole(&bytes) && self.0.read_buf(&mut bytes).await.is_ok_and(|n| n > 0) {} };
        timeout(ANSWER_TIMEOUT, read).await.expect("an answer in time");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The status of the answer.
    pub async fn status(&mut self) -> u16 {
        let answer = self.answer().await;
        answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_else(|| panic!("no answer: {answer:?}"))
    }
}

fn whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

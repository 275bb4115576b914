//! The bytes from the server, with the SQLSTATE of each error appended to its text.

use crate::sqlstate::label;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// The type of an `ErrorResponse`.
const ERROR: u8 = b'E';
/// A type and a length, which counts itself.
const HEAD: usize = 5;
/// No error is longer. A longer one is passed on unchanged.
const LONGEST_ERROR: usize = 1 << 20;

/// A stream of messages from a Postgres server. All except errors are passed on unchanged.
pub(crate) struct Labelled<S> {
    stream: S,
    position: Position,
    /// The beginning of an error whose end has not come yet.
    held: Vec<u8>,
    /// Held bytes that can be passed on now, from `passed_on`.
    ready: Vec<u8>,
    passed_on: usize,
}

/// Where in a message the bytes that were passed on end.
#[derive(Clone, Copy)]
enum Position {
    /// In the head, after this many bytes of it.
    Head { seen: usize, bytes: [u8; HEAD] },
    /// In the body, of which this many bytes are to come.
    Body(usize),
}

impl Position {
    const START: Self = Self::Head { seen: 0, bytes: [0; HEAD] };

    /// The body of a message with this head.
    fn after(head: [u8; HEAD]) -> Self {
        match length(head).checked_sub(HEAD) {
            Some(0) => Self::START,
            Some(rest) => Self::Body(rest),
            // Not the protocol. The driver will report it.
            None => Self::Body(usize::MAX),
        }
    }

    /// How many of these bytes come before the next error.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            match self {
                Self::Head { seen: 0, .. } if bytes[at] == ERROR => break,
                Self::Head { seen, bytes: head } => {
                    head[*seen] = bytes[at];
                    *seen += 1;
                    at += 1;
                    if *seen == HEAD {
                        *self = Self::after(*head);
                    }
                }
                Self::Body(rest) => {
                    let part = (bytes.len() - at).min(*rest);
                    at += part;
                    *rest -= part;
                    if *rest == 0 {
                        *self = Self::START;
                    }
                }
            }
        }
        at
    }
}

/// How long the message with this head is, its type included.
fn length(head: [u8; HEAD]) -> usize {
    let [_, length @ ..] = head;
    usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX).saturating_add(1)
}

impl<S> Labelled<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, position: Position::START, held: Vec::new(), ready: Vec::new(), passed_on: 0 }
    }

    /// How many of these bytes, which have just come, can be passed on as they are. The rest is held.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let passed = if self.held.is_empty() { self.position.pass(bytes) } else { 0 };
        if passed < bytes.len() {
            self.held.extend_from_slice(&bytes[passed..]);
            self.let_go();
        }
        passed
    }

    /// Moves complete messages from the held bytes to the ready ones.
    fn let_go(&mut self) {
        while let Some(&head) = self.held.first_chunk::<HEAD>() {
            let length = length(head);
            if (HEAD..=LONGEST_ERROR).contains(&length) {
                if self.held.len() < length {
                    return;
                }
                let error: Vec<u8> = self.held.drain(..length).collect();
                self.ready.append(&mut labelled(&error).unwrap_or(error));
            } else {
                self.position = Position::after(head);
                self.ready.extend(self.held.drain(..HEAD));
            }
            let passed = self.position.pass(&self.held);
            self.ready.extend(self.held.drain(..passed));
        }
    }
}

/// An error with its SQLSTATE appended to its text; `None` if it lacks one of the two.
fn labelled(error: &[u8]) -> Option<Vec<u8>> {
    let (mut sqlstate, mut severity, mut plain_severity, mut text_end) = (None, None, None, None);
    let mut at = HEAD;
    while let Some((&kind, rest)) = error.get(at..)?.split_first()
        && kind != 0
    {
        let length = rest.iter().position(|&byte| byte == 0)?;
        let value = &rest[..length];
        at += 1 + length;
        match kind {
            b'C' => sqlstate = std::str::from_utf8(value).ok().filter(|value| value.len() == 5),
            // Translated, unlike the other, which poolers leave out.
            b'S' => severity = Some(value),
            b'V' => plain_severity = Some(value),
            b'M' => text_end = Some(at),
            _ => {}
        }
        at += 1;
    }
    let fatal = matches!(plain_severity.or(severity), Some(b"FATAL" | b"PANIC"));
    let (label, text_end) = (label(sqlstate?, fatal), text_end?);
    let mut labelled = Vec::with_capacity(error.len() + label.len());
    labelled.push(ERROR);
    labelled.extend(u32::try_from(error.len() - 1 + label.len()).ok()?.to_be_bytes());
    labelled.extend(&error[HEAD..text_end]);
    labelled.extend(label.as_bytes());
    labelled.extend(&error[text_end..]);
    Some(labelled)
}

impl<S: AsyncRead + Unpin> AsyncRead for Labelled<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let ready = &this.ready[this.passed_on..];
            if !ready.is_empty() {
                let part = ready.len().min(buf.remaining());
                buf.put_slice(&ready[..part]);
                this.passed_on += part;
                if this.passed_on == this.ready.len() {
                    this.ready.clear();
                    this.passed_on = 0;
                }
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
            let came = &buf.filled()[before..];
            if came.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let passed = this.pass(came);
            buf.set_filled(before + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Labelled<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl<S: TlsStream + Unpin> TlsStream for Labelled<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::future::poll_fn;

    /// A message of this type.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    fn error(fields: &[&str]) -> Vec<u8> {
        let body: Vec<u8> = fields.iter().flat_map(|field| [field.as_bytes(), b"\0"].concat()).chain([0]).collect();
        message(ERROR, &body)
    }

    /// The bytes that a reader with room for `room` reads, if they arrive in parts of `part` bytes.
    fn read(bytes: &[u8], part: usize, room: usize) -> Vec<u8> {
        struct Parts<'a>(std::slice::Chunks<'a, u8>, &'a [u8]);
        impl AsyncRead for Parts<'_> {
            fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
                if self.1.is_empty() {
                    self.1 = self.0.next().unwrap_or_default();
                }
                let (now, later) = self.1.split_at(self.1.len().min(buf.remaining()));
                buf.put_slice(now);
                self.1 = later;
                Poll::Ready(Ok(()))
            }
        }
        let mut stream = Labelled::new(Parts(bytes.chunks(part), &[]));
        let mut all = Vec::new();
        loop {
            let mut space = vec![0; room];
            let mut buf = ReadBuf::new(&mut space);
            poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buf)).now_or_never().unwrap().unwrap();
            if buf.filled().is_empty() {
                return all;
            }
            all.extend_from_slice(buf.filled());
        }
    }

    /// For all sizes of the parts.
    fn assert_read(sent: &[Vec<u8>], received: &[Vec<u8>]) {
        let (sent, received) = (sent.concat(), received.concat());
        for part in 1..=sent.len() {
            for room in [1, 7, 8192] {
                assert!(read(&sent, part, room) == received, "in parts of {part} bytes, read {room} at a time");
            }
        }
    }

    #[test]
    fn the_sqlstate_of_each_error_is_appended_to_its_text_wherever_the_bytes_are_split() {
        let row = message(b'D', b"E\0\0\0\x04EEEE");
        let notice = message(b'N', b"SNOTICE\0C00000\0Mnothing\0\0");
        let done = message(b'Z', b"I");
        let german = ["SFEHLER", "VERROR", "C40P01", "MVerklemmung entdeckt", "HSpäter nochmal.", "Fdeadlock.c"];
        let labelled = [
            "SFEHLER",
            "VERROR",
            "C40P01",
            "MVerklemmung entdeckt (SQLSTATE 40P01)",
            "HSpäter nochmal.",
            "Fdeadlock.c",
        ];
        let shutdown = ["SFATAL", "C57P01", "M"];
        let shutdown_labelled = ["SFATAL", "C57P01", "M (SQLSTATE 57P01, FATAL)"];
        let empty = message(b'I', b"");
        assert_read(
            &[
                row.clone(),
                error(&german),
                error(&german),
                empty.clone(),
                notice.clone(),
                done.clone(),
                error(&shutdown),
            ],
            &[row, error(&labelled), error(&labelled), empty, notice, done, error(&shutdown_labelled)],
        );
    }

    #[test]
    fn messages_that_are_not_errors_are_passed_on_unchanged() {
        let without_sqlstate = error(&["SERROR", "Mserver closed"]);
        let without_text = error(&["SERROR", "C08P01"]);
        let cut_off = message(ERROR, b"SERROR\0C08P01\0Mserver");
        for sent in [without_sqlstate, without_text, cut_off, message(ERROR, b"")] {
            let sent = [sent, message(b'Z', b"I")];
            assert_read(&sent, &sent);
        }
        for sent in [&b"ERROR: an old server\n\0and more"[..], b"HTTP/1.1 400 Bad Request\r\n\r\nE", b"E\0\0\0\x03EEE"]
        {
            assert_read(&[sent.to_vec()], &[sent.to_vec()]);
        }
    }
}

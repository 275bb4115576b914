//! A connection that ends when its client takes too long to send the head of a request.

use super::request_phase::RequestPhase;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep_until},
};

pub struct ClientConnection {
    stream: TcpStream,
    phase: Rc<RequestPhase>,
    /// Wakes the task of the connection at the deadline.
    timer: Option<Pin<Box<Sleep>>>,
}

impl ClientConnection {
    /// A new connection, kept for `keep_alive` while it is idle.
    pub fn new(stream: TcpStream, keep_alive: Duration) -> Self {
        Self { stream, phase: Rc::new(RequestPhase::new(keep_alive)), timer: None }
    }

    pub fn phase(&self) -> &Rc<RequestPhase> {
        &self.phase
    }

    /// Whether the deadline has passed. If not, the task is woken then.
    fn is_too_late(&mut self, context: &mut Context<'_>) -> bool {
        let Some(deadline) = self.phase.deadline() else { return false };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(context).is_ready()
    }
}

impl AsyncRead for ClientConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        match read {
            // To the server it looks as if the client had sent no more: it closes the connection without a response.
            Poll::Pending if self.is_too_late(context) => return Poll::Ready(Ok(())),
            Poll::Ready(Ok(())) if buffer.filled().len() > length => self.phase.bytes_arrived(),
            _ => {}
        }
        read
    }
}

impl AsyncWrite for ClientConnection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

//! The body of an answer as a writer.
//!
//! What is written is kept until it is known how the request ends, so that its status is right and a short
//! answer goes out in one piece. A longer one is streamed: its status is 200, and only a few parts of it are in
//! memory while the client reads.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::StatusCode;
use bytes::Bytes;
use futures::Stream;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::run::{Place, Undelivered, give};

/// Bytes that are kept before an answer is streamed.
const KEPT: usize = 256 << 10;

/// Bytes of a part of a streamed answer.
const PART: usize = 64 << 10;

/// Parts that wait for the client.
const WAITING: usize = 4;

/// How an answer begins, or all of it.
#[derive(Debug)]
pub enum Head {
    /// All of it.
    Whole {
        /// The status.
        status: StatusCode,
        /// The value of `Content-Type`.
        content_type: &'static str,
        /// The value of `Retry-After`.
        retry_after: Option<u64>,
        /// The body.
        body: Bytes,
    },
    /// The beginning of a body with the status 200.
    Streamed {
        /// The value of `Content-Type`.
        content_type: &'static str,
        /// The rest.
        body: Body,
    },
}

impl Head {
    /// A whole answer with the status 200.
    pub fn ok(content_type: &'static str, body: Bytes) -> Head {
        Head::Whole { status: StatusCode::OK, content_type, retry_after: None, body }
    }
}

/// A streamed body. It breaks off with an error unless the writer has finished it.
#[derive(Debug)]
pub struct Body {
    parts: mpsc::Receiver<Bytes>,
    is_finished: Arc<AtomicBool>,
    has_ended: bool,
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        match std::task::ready!(self.parts.poll_recv(context)) {
            Some(part) => Poll::Ready(Some(Ok(part))),
            None => {
                self.has_ended = true;
                let broken = || Err(io::Error::other("the answer is not complete"));
                let is_whole = self.is_finished.load(Ordering::Acquire);
                Poll::Ready((!is_whole).then(broken))
            }
        }
    }
}

/// Waits for a place; `None` when the server stops.
pub type Retake = Box<dyn Fn() -> Option<Place> + Send>;

/// The writer of an answer.
pub struct Output {
    content_type: &'static str,
    buffer: Vec<u8>,
    /// Until the answer is streamed.
    head: Option<oneshot::Sender<Head>>,
    parts: Option<mpsc::Sender<Bytes>>,
    is_finished: Arc<AtomicBool>,
    runtime: Handle,
    send_timeout: Duration,
    /// Waits for another place.
    retake: Retake,
    /// The right to run. It is given back while the client is waited for.
    pub place: Option<Place>,
}

impl Output {
    /// The writer of an answer that `head` receives.
    pub fn new(
        content_type: &'static str,
        head: oneshot::Sender<Head>,
        runtime: Handle,
        send_timeout: Duration,
        (place, retake): (Place, Retake),
    ) -> Output {
        Output {
            content_type,
            buffer: Vec::new(),
            head: Some(head),
            parts: None,
            is_finished: Arc::default(),
            runtime,
            send_timeout,
            retake,
            place: Some(place),
        }
    }

    /// Whether the answer has begun, so that its status is sent.
    pub fn is_streamed(&self) -> bool {
        self.head.is_none()
    }

    /// Sends what is left; the answer is complete.
    ///
    /// # Errors
    /// A client that has gone, or takes too long.
    pub fn finish(mut self) -> io::Result<()> {
        let body = std::mem::take(&mut self.buffer);
        match self.head.take() {
            Some(head) => send_head(head, Head::ok(self.content_type, body.into())),
            None => {
                self.send(body.into())?;
                self.is_finished.store(true, Ordering::Release);
                Ok(())
            }
        }
    }

    /// Sends another answer instead of what was written, if nothing has been sent; otherwise the answer breaks
    /// off.
    ///
    /// # Errors
    /// A client that has gone.
    pub fn replace(mut self, head: Head) -> io::Result<()> {
        match self.head.take() {
            Some(sender) => send_head(sender, head),
            None => Err(io::Error::other("the answer has begun")),
        }
    }

    /// What was written and not sent.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// The bytes that were written and not sent.
    pub fn kept_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets what was written behind so many bytes that were not sent.
    pub fn truncate(&mut self, bytes: usize) {
        self.buffer.truncate(bytes);
    }

    /// Sends what is in the buffer as a part of a streamed answer.
    fn send_part(&mut self) -> io::Result<()> {
        if let Some(head) = self.head.take() {
            let (sender, parts) = mpsc::channel(WAITING);
            self.parts = Some(sender);
            let body = Body { parts, is_finished: self.is_finished.clone(), has_ended: false };
            send_head(head, Head::Streamed { content_type: self.content_type, body })?;
        }
        let part = std::mem::replace(&mut self.buffer, Vec::with_capacity(PART + PART / 4));
        self.send(part.into())
    }

    fn send(&mut self, part: Bytes) -> io::Result<()> {
        let Some(parts) = &self.parts else { return Err(io::ErrorKind::BrokenPipe.into()) };
        if part.is_empty() {
            return Ok(());
        }
        // Others run while this client is waited for; what is left of the statement runs in a place again.
        let given = give(parts, part, &mut self.place, &*self.retake, &self.runtime, self.send_timeout);
        given.map_err(|error| match error {
            Undelivered::Gone => io::ErrorKind::BrokenPipe.into(),
            Undelivered::TooSlow => io::ErrorKind::TimedOut.into(),
        })
    }
}

fn send_head(sender: oneshot::Sender<Head>, head: Head) -> io::Result<()> {
    sender.send(head).map_err(|_| io::ErrorKind::BrokenPipe.into())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        let most = if self.is_streamed() { PART } else { KEPT };
        if self.buffer.len() >= most {
            self.send_part()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

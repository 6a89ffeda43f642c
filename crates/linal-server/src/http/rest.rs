//! The rest of a body that a handler has not read.
//!
//! A connection that is closed while the client still sends loses the answer, and one that stays open must have the
//! whole request behind it. So what is left of the body is read and dropped, be the request refused or of a route
//! that takes no body.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::timeout;

/// Bytes that are read and dropped; beyond them the connection ends.
const MOST: u64 = 64 << 20;

/// The time in which the next part must arrive.
const PAUSE: Duration = Duration::from_secs(2);

/// A body of which somebody else reads the rest.
#[derive(Clone, Debug)]
pub struct Rest(Arc<Mutex<Body>>);

impl Rest {
    /// Shares a body.
    pub fn new(body: Body) -> Rest {
        Rest(Arc::new(Mutex::new(body)))
    }

    /// Reads and drops what is left.
    pub async fn discard(self) {
        let mut dropped = 0;
        while !self.is_end_stream() && dropped < MOST {
            let next = std::future::poll_fn(|context| self.poll(context));
            match timeout(PAUSE, next).await {
                Ok(Some(Ok(frame))) => dropped += frame.data_ref().map_or(0, |data| data.len() as u64),
                _ => break,
            }
        }
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.poll(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

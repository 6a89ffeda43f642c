//! Bodies of requests, within a size and a time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use linal::{MemoryPool, Reservation};
use linal_error::Code;

use super::{ApiError, ApiResult};
use crate::config::bytes_text;

/// Bytes of a rejected body that are read and dropped, so that its client gets to read the answer: most write
/// the whole body first.
const DISCARDED: u64 = 1 << 30;

/// What a body may be.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit {
    /// Bytes.
    pub bytes: u64,
    /// The time in which the next part must arrive.
    pub pause: Duration,
}

/// A body that is read part by part.
pub struct Parts {
    body: Body,
    limit: BodyLimit,
    seen: u64,
}

impl Parts {
    /// The parts of a body.
    ///
    /// # Errors
    /// 413 for one that declares to be too large.
    pub async fn new(headers: &HeaderMap, body: Body, limit: BodyLimit) -> ApiResult<Parts> {
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let mut parts = Parts { body, limit, seen: 0 };
        if length.is_some_and(|length: u64| length > limit.bytes) {
            // A client that asks first has sent nothing yet, and reading would invite it to.
            if !headers.contains_key(header::EXPECT) {
                parts.discard().await;
            }
            return Err(too_large(limit.bytes));
        }
        Ok(parts)
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// 413 beyond the limit; 408 when nothing arrives in time; 400 when the connection breaks.
    pub async fn next(&mut self) -> ApiResult<Option<Bytes>> {
        loop {
            let Some(frame) = self.frame().await? else { return Ok(None) };
            let Ok(data) = frame.into_data() else { continue };
            self.seen += data.len() as u64;
            if self.seen > self.limit.bytes {
                self.discard().await;
                return Err(too_large(self.limit.bytes));
            }
            return Ok(Some(data));
        }
    }

    async fn frame(&mut self) -> ApiResult<Option<hyper::body::Frame<Bytes>>> {
        match tokio::time::timeout(self.limit.pause, self.body.frame()).await {
            Err(_) => Err(ApiError::new(Code::Timeout, "the body of the request did not arrive in time")),
            Ok(Some(Err(_))) => Err(ApiError::bad_request("the body of the request is not complete")),
            Ok(Some(Ok(frame))) => Ok(Some(frame)),
            Ok(None) => Ok(None),
        }
    }

    async fn discard(&mut self) {
        let mut dropped = 0;
        while let Ok(Some(frame)) = self.frame().await {
            dropped += frame.data_ref().map_or(0, |data| data.len() as u64);
            if dropped > DISCARDED {
                break;
            }
        }
    }
}

/// A whole body, and what it counts as in the memory of the engine as long as it is held.
#[derive(Debug)]
pub struct Whole {
    /// The body.
    pub bytes: Bytes,
    /// `None` for one that came in one part, which is small.
    pub charge: Option<Reservation>,
}

/// Reads a whole body. It is charged to `pool` as it arrives, so that many large ones at once are refused before they
/// take the memory of the machine.
///
/// # Errors
/// Those of [`Parts`]; 507 without memory.
pub async fn whole(
    headers: &HeaderMap,
    body: Body,
    limit: BodyLimit,
    pool: &Arc<MemoryPool>,
) -> ApiResult<Whole> {
    let mut parts = Parts::new(headers, body, limit).await?;
    let Some(first) = parts.next().await? else { return Ok(Whole { bytes: Bytes::new(), charge: None }) };
    let Some(second) = parts.next().await? else { return Ok(Whole { bytes: first, charge: None }) };
    let mut charge = pool.reserve(OPERATION, first.len() + second.len()).map_err(no_memory)?;
    let mut all = BytesMut::from(&first[..]);
    all.extend_from_slice(&second);
    while let Some(part) = parts.next().await? {
        if let Err(error) = charge.grow(OPERATION, part.len()) {
            drop((all, charge));
            parts.discard().await;
            return Err(no_memory(error));
        }
        all.extend_from_slice(&part);
    }
    Ok(Whole { bytes: all.freeze(), charge: Some(charge) })
}

/// What bodies are called in errors of memory.
const OPERATION: &str = "the body of a request";

fn no_memory(error: impl std::fmt::Display) -> ApiError {
    ApiError::new(Code::MemoryLimit, error.to_string())
}

fn too_large(bytes: u64) -> ApiError {
    let message = format!("the body is larger than {}", bytes_text(bytes));
    ApiError::new(Code::BodyTooLarge, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(count: usize, bytes: usize) -> Body {
        let parts = (0..count).map(move |_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; bytes])));
        Body::from_stream(futures::stream::iter(parts))
    }

    #[tokio::test]
    async fn a_body_is_charged_while_it_is_held() {
        let pool = MemoryPool::new(1000);
        let limit = BodyLimit { bytes: 5000, pause: Duration::from_secs(5) };
        let read = |body: Body| {
            let pool = pool.clone();
            async move { whole(&HeaderMap::new(), body, limit, &pool).await }
        };
        let held = read(parts(3, 300)).await.unwrap();
        assert_eq!((held.bytes.len(), pool.used()), (900, 900));
        let refused = read(parts(4, 100)).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), pool.used()), (507, 900));
        drop(held);
        assert_eq!(pool.used(), 0);
        assert_eq!(read(parts(11, 100)).await.unwrap_err().status().as_u16(), 507);
        assert_eq!(pool.used(), 0);
        let large = read(parts(2, 4000)).await.unwrap_err();
        assert_eq!(large.status().as_u16(), 413);
    }
}

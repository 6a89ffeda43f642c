//! Bodies of requests, within a size and a time.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
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

/// A whole body.
///
/// # Errors
/// Those of [`Parts`].
pub async fn whole(headers: &HeaderMap, body: Body, limit: BodyLimit) -> ApiResult<Bytes> {
    let mut parts = Parts::new(headers, body, limit).await?;
    let Some(first) = parts.next().await? else { return Ok(Bytes::new()) };
    let Some(second) = parts.next().await? else { return Ok(first) };
    let mut all = BytesMut::from(&first[..]);
    all.extend_from_slice(&second);
    while let Some(part) = parts.next().await? {
        all.extend_from_slice(&part);
    }
    Ok(all.freeze())
}

fn too_large(bytes: u64) -> ApiError {
    let message = format!("the body is larger than {}", bytes_text(bytes));
    ApiError::new(Code::BodyTooLarge, message)
}

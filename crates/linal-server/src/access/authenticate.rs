//! From the headers of a request to who asks.

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderMap;
use linal_error::Code;

use super::rate::Rates;
use super::token::{Tokens, find, hash, now_us};
use super::{Principal, TokenError};
use crate::http::{ApiError, ApiResult, text};

/// The tokens of a server and their rates.
pub struct Access {
    tokens: Arc<dyn Tokens>,
    rates: Rates,
    /// Whether a server without tokens serves anybody.
    open: bool,
}

impl Access {
    /// `open` lets anybody in as long as there has never been a token.
    pub fn new(tokens: Arc<dyn Tokens>, open: bool) -> Access {
        Access { tokens, rates: Rates::default(), open }
    }

    /// Finds out who asks.
    ///
    /// # Errors
    /// 401 without a valid token; 429 when its rate is spent.
    pub fn authenticate(&self, headers: &HeaderMap) -> ApiResult<Principal> {
        let Some(value) = text(headers, "authorization")? else {
            let without = self.bearer(None);
            return without.map_err(|error| error.with_help("send the header `Authorization: Bearer TOKEN`"));
        };
        let token = bearer(value).ok_or_else(|| refused("the header Authorization has no bearer token"))?;
        self.bearer(Some(token))
    }

    /// Finds out who asks, from a token or its absence, whatever protocol it came by.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub fn bearer(&self, token: Option<&str>) -> ApiResult<Principal> {
        let records = self.tokens.all().map_err(unreadable)?;
        let Some(token) = token else {
            if self.open && records.is_empty() {
                return Ok(Principal::anybody());
            }
            return Err(refused("the request has no token"));
        };
        let record = find(&records, &hash(token), now_us())
            .ok_or_else(|| refused("the token is unknown, expired or revoked"))?;
        let has_room = record.rate.is_none_or(|rate| self.rates.take(&record.name, rate, Instant::now()));
        if !has_room {
            return Err(ApiError::new(Code::RateLimited, "the token has spent its rate of requests"));
        }
        Ok(Principal::new(&record.name, record.right, &record.databases))
    }

    /// The tokens.
    pub(crate) fn tokens(&self) -> &dyn Tokens {
        self.tokens.as_ref()
    }
}

/// The token of `Bearer TOKEN`; the scheme is in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refused(message: &str) -> ApiError {
    ApiError::new(Code::Unauthenticated, message)
}

fn unreadable(error: TokenError) -> ApiError {
    tracing::error!(%error, "the tokens cannot be read");
    ApiError::new(Code::Unavailable, "the tokens cannot be read")
}

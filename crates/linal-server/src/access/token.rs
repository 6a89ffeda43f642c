//! Tokens: 256 random bits, of which only a hash is kept.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::rights::Right;

/// What tokens begin with, so that one in a log or a repository is recognised.
const PREFIX: &str = "linal_";

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenRecord {
    /// Its name, which is unique and stands in the log.
    pub name: String,
    /// The SHA-256 of the whole token.
    pub hash: [u8; 32],
    /// What it may do.
    pub right: Right,
    /// The databases that it may use; empty for all.
    pub databases: Vec<String>,
    /// When it was made, in microseconds since 1970.
    pub created_us: i64,
    /// When it ends to be valid.
    pub expires_us: Option<i64>,
    /// Whether it was revoked.
    pub is_revoked: bool,
    /// Requests a second.
    pub rate: Option<f64>,
}

impl TokenRecord {
    /// Whether it is valid at a time.
    pub fn is_valid(&self, now_us: i64) -> bool {
        !self.is_revoked && self.expires_us.is_none_or(|expires| now_us < expires)
    }
}

/// A token that is asked for.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub right: Right,
    /// The databases that it may use; empty for all.
    pub databases: Vec<String>,
    /// How long it is valid; `None` for ever.
    pub expires: Option<Duration>,
    /// Requests a second.
    pub rate: Option<f64>,
}

/// Why a token cannot be made, listed or revoked: a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError(pub String);

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TokenError {}

/// Where tokens are kept. Others may change them at any time, so that every request asks anew.
pub trait Tokens: Send + Sync {
    /// All tokens, also those that are not valid any more.
    ///
    /// # Errors
    /// A table that cannot be read.
    fn all(&self) -> Result<Vec<TokenRecord>, TokenError>;

    /// Adds a token.
    ///
    /// # Errors
    /// A name that a token has already; a table that cannot be written.
    fn add(&self, record: &TokenRecord) -> Result<(), TokenError>;

    /// Marks a token as revoked.
    ///
    /// # Errors
    /// An unknown name; a table that cannot be written.
    fn revoke(&self, name: &str) -> Result<(), TokenError>;
}

/// Makes a token and keeps its hash. The token itself is returned and is not seen again.
///
/// # Errors
/// Those of [`Tokens::add`]; a system without random numbers.
pub fn create(tokens: &dyn Tokens, new: NewToken, now_us: i64) -> Result<String, TokenError> {
    if new.name.trim().is_empty() {
        return Err(TokenError("a token has a name".to_owned()));
    }
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).map_err(|error| TokenError(format!("no random numbers: {error}")))?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits));
    let lifetime = new.expires.map(|time| i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    tokens.add(&TokenRecord {
        name: new.name,
        hash: hash(&token),
        right: new.right,
        databases: new.databases,
        created_us: now_us,
        expires_us: lifetime.map(|lifetime| now_us.saturating_add(lifetime)),
        is_revoked: false,
        rate: new.rate,
    })?;
    Ok(token)
}

/// The hash of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The valid record of a hash. All records are compared, each in the same time.
pub(super) fn find<'r>(records: &'r [TokenRecord], hash: &[u8; 32], now_us: i64) -> Option<&'r TokenRecord> {
    let mut found = None;
    for record in records {
        let is_equal = bool::from(record.hash.ct_eq(hash));
        if is_equal && record.is_valid(now_us) {
            found = Some(record);
        }
    }
    found
}

/// Microseconds since 1970.
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Tokens of a server without a directory.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<Vec<TokenRecord>>);

impl Tokens for MemoryTokens {
    fn all(&self) -> Result<Vec<TokenRecord>, TokenError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn add(&self, record: &TokenRecord) -> Result<(), TokenError> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.iter().any(|known| known.name == record.name) {
            return Err(TokenError(format!("there is a token `{}` already", record.name)));
        }
        records.push(record.clone());
        Ok(())
    }

    fn revoke(&self, name: &str) -> Result<(), TokenError> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match records.iter_mut().find(|record| record.name == name) {
            Some(record) => {
                record.is_revoked = true;
                Ok(())
            }
            None => Err(TokenError(format!("there is no token `{name}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str, expires: Option<Duration>) -> NewToken {
        NewToken { name: name.to_owned(), right: Right::Read, databases: Vec::new(), expires, rate: None }
    }

    #[test]
    fn tokens_are_found_by_their_hash_while_they_are_valid() {
        let tokens = MemoryTokens::default();
        let second = Duration::from_secs(1);
        let made: Vec<String> = [("a", None), ("b", Some(second)), ("c", None)]
            .into_iter()
            .map(|(name, expires)| create(&tokens, new(name, expires), 0).unwrap())
            .collect();
        for token in &made {
            assert_eq!((token.len(), token.starts_with("linal_")), (49, true));
        }
        assert!(create(&tokens, new("a", None), 0).is_err() && create(&tokens, new(" ", None), 0).is_err());
        tokens.revoke("c").unwrap();
        assert!(tokens.revoke("d").is_err());
        let records = tokens.all().unwrap();
        let name = |token: &str, now| find(&records, &hash(token), now).map(|record| record.name.as_str());
        assert_eq!(name(&made[0], 2_000_000), Some("a"));
        assert_eq!((name(&made[1], 999_999), name(&made[1], 1_000_000)), (Some("b"), None));
        assert_eq!((name(&made[2], 0), name("linal_", 0)), (None, None));
    }
}

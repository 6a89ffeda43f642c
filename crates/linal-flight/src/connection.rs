//! What a connection keeps: a session, prepared statements, transactions, and tickets that are not taken yet.
//!
//! A session lives as long as its connection, as in other databases. Whoever shares a connection, as behind a proxy,
//! shares its session only with the same token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linal_error::Code;
use linal_server::App;
use linal_server::access::Principal;
use linal_server::app::enter;
use linal_server::http::{self, ApiError, ApiResult};
use linal_server::run::{Lease, Stop, Use};
use tonic::codegen::http::HeaderMap;

use crate::prepared::Prepared;

/// Prepared statements, tickets and transactions of one connection, each.
const MOST: usize = 1024;

/// A connection of a client.
pub struct Connection {
    app: App,
    sessions: Mutex<HashMap<Option<Arc<str>>, Pinned>>,
    /// Prepared statements by their handles.
    pub prepared: Kept<Prepared>,
    /// The statements of tickets.
    pub tickets: Kept<Ticket>,
    /// The sessions of open transactions.
    pub transactions: Kept<Transaction>,
}

/// A session that stays as long as this.
pub struct Pinned {
    app: App,
    id: String,
    owner: Option<Arc<str>>,
    _using: Use,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // It may have been deleted by its id.
        let _ = self.app.sessions.remove(&self.id, self.owner.as_deref());
    }
}

/// A statement that waits for its ticket.
pub struct Ticket {
    /// The statements.
    pub text: String,
    /// The transaction that it is part of.
    pub transaction: Option<String>,
}

/// An open transaction.
pub struct Transaction {
    /// Its session.
    pub session: String,
    /// The session, if it is of this transaction alone, and ends with it.
    pub _own: Option<Pinned>,
}

impl Connection {
    /// A connection that has just been accepted.
    pub fn new(app: App) -> Connection {
        Connection {
            app,
            sessions: Mutex::default(),
            prepared: Kept::default(),
            tickets: Kept::default(),
            transactions: Kept::default(),
        }
    }

    /// Waits for the session of a request: the one that its headers name, that of its transaction, or that of the
    /// connection.
    ///
    /// # Errors
    /// 404 for an unknown session, transaction or database, 403 for a database that the token does not have, 409
    /// when too many requests wait for the session.
    pub async fn lease(
        &self,
        principal: &Principal,
        headers: &HeaderMap,
        transaction: Option<&str>,
        stop: &Stop,
    ) -> ApiResult<(Lease, Option<Use>)> {
        let database = http::database(headers)?;
        let id = match (transaction, http::session_id(headers)?) {
            (Some(transaction), _) => self.transaction_session(transaction, principal)?,
            (None, Some(id)) => id.to_owned(),
            (None, None) => self.session_id(principal, database)?,
        };
        let owner = principal.name.as_deref();
        let (mut session, using) = tokio::select! {
            biased;
            _ = stop.stopped() => return Err(linal_server::run::cancelled(stop)),
            leased = self.app.sessions.lease(&id, owner, stop) => leased?,
        };
        if let Some(database) = database {
            principal.require_database(database)?;
            enter(&mut session, database)?;
        }
        Ok((session, Some(using)))
    }

    /// The id of the connection's session, which is made when it is used for the first time.
    ///
    /// # Errors
    /// 404 for an unknown database, 403 for one that the token does not have, 429 for too many sessions.
    pub fn session_id(&self, principal: &Principal, database: Option<&str>) -> ApiResult<String> {
        let mut sessions = lock(&self.sessions);
        if let Some(pinned) = sessions.get(&principal.name) {
            if self.app.sessions.left(&pinned.id, principal.name.as_deref()).is_ok() {
                return Ok(pinned.id.clone());
            }
            sessions.remove(&principal.name);
            let message =
                "the session of the connection was deleted, with its tensors and its open transaction";
            return Err(ApiError::new(Code::NotFound, message).with_help("the next statement has a new one"));
        }
        let pinned = self.new_session(principal, database)?;
        let id = pinned.id.clone();
        sessions.insert(principal.name.clone(), pinned);
        Ok(id)
    }

    /// A session beside that of the connection.
    ///
    /// # Errors
    /// As [`Connection::session_id`].
    pub fn new_session(&self, principal: &Principal, database: Option<&str>) -> ApiResult<Pinned> {
        let session = self.app.session(database)?;
        principal.require_database(session.database())?;
        let owner = principal.name.clone();
        let id = self.app.sessions.add(session, owner.clone())?;
        let using = self.app.sessions.pin(&id, owner.as_deref())?;
        Ok(Pinned { app: self.app.clone(), id, owner, _using: using })
    }

    fn transaction_session(&self, transaction: &str, principal: &Principal) -> ApiResult<String> {
        let found = self.transactions.with(transaction, principal, |transaction| transaction.session.clone());
        found.ok_or_else(|| ApiError::new(Code::NotFound, "there is no such transaction; it may have ended"))
    }
}

impl Pinned {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Things of a connection by their handles, which only the token that made one may use.
pub struct Kept<T>(Mutex<HashMap<String, Owned<T>>>);

/// A thing, and the name of the token that made it.
type Owned<T> = (Option<Arc<str>>, T);

impl<T> Default for Kept<T> {
    fn default() -> Kept<T> {
        Kept(Mutex::default())
    }
}

impl<T> Kept<T> {
    /// Keeps a thing; returns its handle.
    ///
    /// # Errors
    /// 429 when there are as many as there may be.
    pub fn add(&self, handle: String, principal: &Principal, value: T) -> ApiResult<String> {
        let mut all = lock(&self.0);
        if all.len() >= MOST {
            let message = "the connection keeps as many statements as it may";
            return Err(
                ApiError::new(Code::QueueFull, message).with_help("take tickets and close what was prepared")
            );
        }
        all.insert(handle.clone(), (principal.name.clone(), value));
        Ok(handle)
    }

    /// Takes a thing out.
    pub fn take(&self, handle: &str, principal: &Principal) -> Option<T> {
        let mut all = lock(&self.0);
        all.get(handle).filter(|(owner, _)| *owner == principal.name)?;
        all.remove(handle).map(|(_, value)| value)
    }

    /// Looks at a thing or changes it.
    pub fn with<R>(&self, handle: &str, principal: &Principal, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut all = lock(&self.0);
        all.get_mut(handle).filter(|(owner, _)| *owner == principal.name).map(|(_, value)| act(value))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal_server::access::Right;

    #[test]
    fn handles_are_of_their_token() {
        let kept = Kept::default();
        let (one, other) = (Principal::new("a", Right::Read, &[]), Principal::new("b", Right::Admin, &[]));
        let handle = kept.add("h".to_owned(), &one, 7).unwrap();
        assert_eq!(kept.with(&handle, &other, |value| *value), None);
        assert_eq!(kept.take(&handle, &other), None);
        assert_eq!(kept.with(&handle, &one, |value| *value), Some(7));
        assert_eq!(kept.take(&handle, &one), Some(7));
        assert_eq!(kept.take(&handle, &one), None);
        for number in 0..MOST {
            kept.add(number.to_string(), &one, number).unwrap();
        }
        assert_eq!(kept.add("more".to_owned(), &one, 0).unwrap_err().status().as_u16(), 429);
    }
}

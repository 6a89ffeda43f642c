//! What a connection has: who it is of, its session, and what runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use linal::{MemoryPool, Session};
use linal_error::Code;
use linal_server::App;
use linal_server::access::Principal;
use linal_server::http::{ApiError, ApiResult, Limits};
use linal_server::run::{self, Lease, Reason, Stop, Task};
use pgwire::messages::response::TransactionStatus;
use pgwire::messages::startup::SecretKey;
use tokio::sync::Mutex as AsyncMutex;

/// A connection of a client.
pub struct Connection {
    /// The server.
    pub app: App,
    /// The other connections, for those who cancel.
    pub others: Arc<Connections>,
    /// The values of settings that only PostgreSQL has.
    pub settings: Mutex<HashMap<String, String>>,
    /// The savepoints of the open transaction, and whether something has changed since.
    pub savepoints: Mutex<Vec<(String, bool)>>,
    /// Whether a statement of the open transaction has failed, so that only its end is accepted.
    pub has_failed: AtomicBool,
    /// Whether the session has an open transaction.
    pub is_open: AtomicBool,
    client: OnceLock<Client>,
    /// What stops the running statement.
    running: Mutex<Option<Stop>>,
}

struct Client {
    /// What it has sent as its password; nothing on a server without tokens.
    token: Option<String>,
    /// The memory of the session.
    pool: Arc<MemoryPool>,
    session: Arc<AsyncMutex<Session>>,
}

impl Connection {
    /// A connection that has just been accepted.
    pub fn new(app: App, others: Arc<Connections>) -> Connection {
        Connection {
            app,
            others,
            settings: Mutex::default(),
            savepoints: Mutex::default(),
            has_failed: AtomicBool::new(false),
            is_open: AtomicBool::new(false),
            client: OnceLock::new(),
            running: Mutex::default(),
        }
    }

    /// Notes who the client is, with a new session in a database.
    ///
    /// # Errors
    /// 404 for an unknown database, 403 for one that the token does not have.
    pub fn enter(
        &self,
        principal: &Principal,
        token: Option<String>,
        database: Option<&str>,
    ) -> ApiResult<()> {
        let mut session = self.app.session(database)?;
        principal.require_database(session.database())?;
        session.execute("SET dialect = 'ansi'").map_err(|error| ApiError::of_engine(&error))?;
        let pool = session.memory_pool();
        // A second startup message is refused before it comes here.
        let _ = self.client.set(Client { token, pool, session: Arc::new(AsyncMutex::new(session)) });
        Ok(())
    }

    /// A request in the session.
    ///
    /// # Errors
    /// 401 before the startup has ended and for a token that is not valid any more, 503 while the server drains, 429 when the rate of the token is spent.
    pub async fn task(&self, shown: &str) -> ApiResult<Task> {
        if self.app.is_draining() {
            let message = "the server is about to stop and takes no new work";
            return Err(ApiError::new(Code::Unavailable, message));
        }
        let client = self.client()?;
        // The token may have been revoked since the connection was made.
        let principal = self.app.access.bearer(client.token.as_deref()).inspect_err(|error| {
            self.app.audit_refusal(&format!("PostgreSQL: {shown}"), "", &self.app.next_query_id(), error);
        })?;
        let context = run::context(&self.app, principal.clone());
        let owner = principal.name.as_deref().map(str::to_owned);
        let entry = self.app.queries.begin(&context.query_id, owner, "", shown);
        *lock(&self.running) = Some(entry.query.stop.clone());
        let session = client.session.clone().lock_owned().await;
        Ok(Task {
            app: self.app.clone(),
            context,
            entry,
            session: Lease::Kept(session),
            using: None,
            shown: shown.to_owned(),
            limits: Limits::default(),
        })
    }

    /// Whether the client has said who it is.
    pub fn is_entered(&self) -> bool {
        self.client.get().is_some()
    }

    /// The memory of its session.
    ///
    /// # Errors
    /// 401 before the startup has ended.
    pub fn memory_pool(&self) -> ApiResult<&Arc<MemoryPool>> {
        Ok(&self.client()?.pool)
    }

    /// The status of its transaction.
    pub fn status(&self) -> TransactionStatus {
        match self.is_open.load(Ordering::SeqCst) {
            true if self.has_failed() => TransactionStatus::Error,
            true => TransactionStatus::Transaction,
            false => TransactionStatus::Idle,
        }
    }

    /// Whether only the end of the open transaction is accepted.
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    /// Stops what runs.
    pub fn stop(&self, reason: Reason) {
        if let Some(stop) = &*lock(&self.running) {
            stop.request(reason);
        }
    }

    fn client(&self) -> ApiResult<&Client> {
        self.client.get().ok_or_else(|| ApiError::new(Code::Unauthenticated, "the startup has not ended"))
    }
}

/// The connections of a server by the number and the key that their clients cancel with.
#[derive(Default)]
pub struct Connections(Mutex<HashMap<i32, (SecretKey, Weak<Connection>)>>);

impl Connections {
    /// Adds a connection; returns its number and key.
    ///
    /// # Errors
    /// 500 without random numbers.
    pub fn add(&self, connection: &Arc<Connection>) -> ApiResult<(i32, SecretKey)> {
        let mut bits = [0; 8];
        getrandom::fill(&mut bits).map_err(|_| ApiError::new(Code::InternalError, "no random numbers"))?;
        let [a, b, c, d, e, f, g, h] = bits;
        let key = SecretKey::I32(i32::from_be_bytes([a, b, c, d]));
        let mut all = lock(&self.0);
        all.retain(|_, (_, connection)| connection.strong_count() > 0);
        let mut number = i32::from_be_bytes([e, f, g, h]) & i32::MAX;
        while all.contains_key(&number) {
            number = number.wrapping_add(1) & i32::MAX;
        }
        all.insert(number, (key.clone(), Arc::downgrade(connection)));
        Ok((number, key))
    }

    /// Stops what runs in a connection, if the key is right.
    pub fn cancel(&self, number: i32, key: &SecretKey) {
        let found =
            lock(&self.0).get(&number).filter(|(known, _)| known == key).and_then(|(_, it)| it.upgrade());
        if let Some(connection) = found {
            connection.stop(Reason::Cancelled);
        }
    }
}

/// Locks, even after a panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

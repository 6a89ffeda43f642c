//! The running statements of an engine: what SHOW QUERIES shows and KILL stops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use linal_tensor::{Cancellation, MemoryPool};

/// One running or recent statement.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryInfo {
    /// Its id, which KILL takes.
    pub id: String,
    /// The database in use.
    pub database: String,
    /// Its text, abridged.
    pub statement: String,
    /// `queued`, `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The time that it has taken so far, or took.
    pub elapsed: Duration,
    /// The bytes that its session holds.
    pub memory_bytes: u64,
    /// The rows of its results so far.
    pub rows: u64,
}

/// Who asks for queries, where several users share an engine.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The name of the user; `None` for one without a name.
    pub name: Option<Arc<str>>,
    /// Whether the queries of others are seen, too.
    pub sees_all: bool,
    /// The databases that are shown; `None` for all.
    pub databases: Option<Arc<[String]>>,
}

impl Asker {
    /// Whether a database is shown.
    pub(crate) fn sees_database(&self, name: &str) -> bool {
        let is = |known: &String| known.eq_ignore_ascii_case(name);
        self.databases.as_deref().is_none_or(|databases| databases.iter().any(is))
    }
}

impl Default for Asker {
    fn default() -> Asker {
        Asker { name: None, sees_all: true, databases: None }
    }
}

/// A list of running and recent queries. A service that runs whole requests gives its own; an engine has one of the
/// statements of its sessions.
pub trait QueryList: Send + Sync {
    /// The queries that somebody may see: the active ones first.
    fn queries(&self, asker: &Asker) -> Vec<QueryInfo>;

    /// Stops a query; returns its state before, `None` for an unknown id. One that has ended stays as it is.
    fn kill(&self, id: &str, asker: &Asker) -> Option<&'static str>;
}

/// Bytes of a statement that are shown.
const SHOWN: usize = 1000;

/// What a session runs, or has run last.
#[derive(Debug)]
struct Last {
    statement: String,
    database: Arc<str>,
    number: u64,
    started: Instant,
    ended: Option<(&'static str, Duration)>,
    rows: u64,
}

/// The place of a session in the list of its engine.
#[derive(Debug)]
pub(crate) struct SessionQueries {
    session: u64,
    cancellation: Cancellation,
    pool: Arc<MemoryPool>,
    last: Mutex<Last>,
}

impl SessionQueries {
    /// Notes that a statement begins.
    pub fn begin(&self, text: &str, database: &Arc<str>) {
        let mut last = self.lock();
        last.statement.clear();
        last.statement.push_str(&text[..text.floor_char_boundary(SHOWN)]);
        last.database.clone_from(database);
        last.number += 1;
        last.started = Instant::now();
        last.ended = None;
        last.rows = 0;
    }

    /// Notes that it has ended, if one runs.
    pub fn end(&self, state: &'static str, rows: u64) {
        let mut last = self.lock();
        if last.ended.is_none() {
            last.ended = Some((state, last.started.elapsed()));
            last.rows = rows;
        }
    }

    /// Forgets the last statement, which was another user's.
    pub fn forget(&self) {
        let mut last = self.lock();
        last.statement.clear();
        last.number = 0;
        last.ended = Some(("done", Duration::ZERO));
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn info(&self) -> Option<QueryInfo> {
        let last = self.lock();
        let (state, elapsed) = last.ended.unwrap_or_else(|| ("running", last.started.elapsed()));
        (last.number > 0).then(|| QueryInfo {
            id: format!("{}-{}", self.session, last.number),
            database: last.database.to_string(),
            statement: last.statement.clone(),
            state,
            elapsed,
            memory_bytes: self.pool.used() as u64,
            rows: last.rows,
        })
    }
}

/// The sessions of an engine.
#[derive(Debug, Default)]
pub(crate) struct RunningQueries(Mutex<Vec<Weak<SessionQueries>>>);

impl RunningQueries {
    /// Adds a session; it is in the list until the last reference to its place is dropped.
    pub fn add(
        &self,
        session: u64,
        database: &Arc<str>,
        cancellation: Cancellation,
        pool: Arc<MemoryPool>,
    ) -> Arc<SessionQueries> {
        let last = Last {
            statement: String::new(),
            database: database.clone(),
            number: 0,
            started: Instant::now(),
            ended: Some(("done", Duration::ZERO)),
            rows: 0,
        };
        let place = Arc::new(SessionQueries { session, cancellation, pool, last: Mutex::new(last) });
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Sessions come and go in a service; those that have gone are removed when the list has doubled.
        if sessions.len() == sessions.capacity() {
            sessions.retain(|session| session.strong_count() > 0);
        }
        sessions.push(Arc::downgrade(&place));
        place
    }

    fn sessions(&self) -> Vec<Arc<SessionQueries>> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.iter().filter_map(Weak::upgrade).collect()
    }
}

impl QueryList for RunningQueries {
    fn queries(&self, _: &Asker) -> Vec<QueryInfo> {
        let mut all: Vec<QueryInfo> = self.sessions().iter().filter_map(|session| session.info()).collect();
        all.sort_by_key(|query| query.state != "running");
        all
    }

    fn kill(&self, id: &str, _: &Asker) -> Option<&'static str> {
        let (session, number) = id.split_once('-')?;
        let found = self.sessions().into_iter().find(|place| place.session.to_string() == session)?;
        // The lock is held, so that the statement is not followed by another one meanwhile.
        let last = found.lock();
        if last.number.to_string() != number || last.number == 0 {
            return None;
        }
        Some(match last.ended {
            Some((state, _)) => state,
            None => {
                found.cancellation.cancel();
                "running"
            }
        })
    }
}

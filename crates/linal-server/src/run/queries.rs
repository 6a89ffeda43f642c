//! The running and recent requests: what `GET /queries` shows and DELETE stops.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use linal::{Asker, MemoryPool, QueryInfo, QueryList};

use super::stop::{Reason, Stop};
use crate::wire::QueryBody;

/// Ended requests that are kept.
const RECENT: usize = 256;

/// Characters of the statements that are kept.
const SHOWN: usize = 1000;

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for a place.
    Queued,
    /// Its statements run, or their results are written.
    Running,
    /// All statements have succeeded.
    Done,
    /// One has failed.
    Failed,
    /// It was stopped from outside.
    Cancelled,
}

impl State {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
        }
    }
}

/// One request that runs statements.
#[derive(Debug)]
pub struct Query {
    /// The value of `X-Linal-Query-Id`.
    pub id: String,
    /// Its switch.
    pub stop: Stop,
    /// The name of the token, which may see and stop it.
    owner: Option<String>,
    database: Mutex<String>,
    statement: String,
    started: Instant,
    rows: AtomicU64,
    memory: AtomicU64,
    /// The memory of its session while it runs.
    pool: Mutex<Option<Arc<MemoryPool>>>,
    progress: Mutex<(State, Option<Duration>)>,
}

impl Query {
    /// Notes that it runs in a session with this memory.
    pub fn run(&self, pool: Arc<MemoryPool>) {
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = Some(pool);
        self.progress().0 = State::Running;
    }

    /// Notes the database of its session.
    pub fn set_database(&self, name: &str) {
        name.clone_into(&mut self.database.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Notes the rows of a result.
    pub fn add_rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Rows of all results so far.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// What its session holds, or held when it ended.
    fn memory(&self) -> u64 {
        let pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.as_ref().map_or_else(|| self.memory.load(Ordering::Relaxed), |pool| pool.used() as u64)
    }

    /// Whether it has not ended.
    pub fn is_active(&self) -> bool {
        matches!(self.progress().0, State::Queued | State::Running)
    }

    fn end(&self, state: State) {
        self.memory.store(self.memory(), Ordering::Relaxed);
        *self.pool.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.progress() = (state, Some(self.started.elapsed()));
    }

    fn progress(&self) -> MutexGuard<'_, (State, Option<Duration>)> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a token may see it: its own one, and any that sees all.
    pub fn is_visible(&self, owner: Option<&str>, sees_all: bool) -> bool {
        sees_all || self.owner.as_deref() == owner
    }

    /// What SHOW QUERIES shows of it.
    fn info(&self) -> QueryInfo {
        let (state, ended) = *self.progress();
        QueryInfo {
            id: self.id.clone(),
            database: self.database.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            statement: self.statement.clone(),
            state: state.name(),
            elapsed: ended.unwrap_or_else(|| self.started.elapsed()),
            memory_bytes: self.memory(),
            rows: self.rows(),
        }
    }

    /// What is shown of it.
    pub fn body(&self) -> QueryBody {
        let (state, ended) = *self.progress();
        QueryBody {
            id: self.id.clone(),
            database: self.database.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            statement: self.statement.clone(),
            state: state.name(),
            elapsed_ms: ended.unwrap_or_else(|| self.started.elapsed()).as_secs_f64() * 1e3,
            memory_bytes: self.memory(),
            rows: self.rows(),
        }
    }
}

/// All requests that run statements.
#[derive(Debug, Default)]
pub struct Queries(Mutex<Lists>);

#[derive(Debug, Default)]
struct Lists {
    active: Vec<Arc<Query>>,
    /// The newest last.
    recent: VecDeque<Arc<Query>>,
}

/// A request in the list. Unless [`Entry::end`] says how it ends, it was cancelled if it was stopped, and has failed
/// otherwise.
#[derive(Debug)]
pub struct Entry {
    /// The request.
    pub query: Arc<Query>,
    all: Arc<Queries>,
    state: Option<State>,
}

impl Entry {
    /// Notes how it ends when the entry is dropped.
    pub fn end(&mut self, state: State) {
        self.state = Some(state);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let is_stopped = self.query.stop.reason().is_some();
        let otherwise = if is_stopped { State::Cancelled } else { State::Failed };
        self.query.end(self.state.unwrap_or(otherwise));
        self.all.retire(&self.query);
    }
}

impl QueryList for Queries {
    fn queries(&self, asker: &Asker) -> Vec<QueryInfo> {
        let all = self.all().into_iter();
        all.filter(|query| query.is_visible(asker.name.as_deref(), asker.sees_all))
            .map(|query| query.info())
            .collect()
    }

    fn kill(&self, id: &str, asker: &Asker) -> Option<&'static str> {
        let query = self.find(id).filter(|query| query.is_visible(asker.name.as_deref(), asker.sees_all))?;
        let state = query.progress().0;
        if query.is_active() {
            query.stop.request(Reason::Cancelled);
        }
        Some(state.name())
    }
}

impl Queries {
    /// Adds a request, which waits.
    pub fn begin(
        self: &Arc<Queries>,
        id: &str,
        owner: Option<String>,
        database: &str,
        statements: &str,
    ) -> Entry {
        let query = Arc::new(Query {
            id: id.to_owned(),
            stop: Stop::default(),
            owner,
            database: Mutex::new(database.to_owned()),
            statement: shortened(statements),
            started: Instant::now(),
            rows: AtomicU64::new(0),
            memory: AtomicU64::new(0),
            pool: Mutex::default(),
            progress: Mutex::new((State::Queued, None)),
        });
        self.lock().active.push(query.clone());
        Entry { query, all: self.clone(), state: None }
    }

    fn retire(&self, query: &Arc<Query>) {
        let mut lists = self.lock();
        lists.active.retain(|active| !Arc::ptr_eq(active, query));
        lists.recent.push_back(query.clone());
        if lists.recent.len() > RECENT {
            lists.recent.pop_front();
        }
    }

    /// The request of an id, the newest if there are several.
    pub fn find(&self, id: &str) -> Option<Arc<Query>> {
        self.all().into_iter().find(|query| query.id == id)
    }

    /// All requests, the active ones first, then the newest first.
    pub fn all(&self) -> Vec<Arc<Query>> {
        let lists = self.lock();
        lists.active.iter().chain(lists.recent.iter().rev()).cloned().collect()
    }

    /// The number of requests that have not ended.
    pub fn active(&self) -> usize {
        self.lock().active.len()
    }

    /// Stops all requests.
    pub fn stop_all(&self, reason: Reason) {
        let active = self.lock().active.clone();
        for query in active {
            query.stop.request(reason);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_requests_are_kept_for_a_while() {
        let queries = Arc::new(Queries::default());
        for number in 0..RECENT + 3 {
            let mut entry = queries.begin(&number.to_string(), None, "default", &"é".repeat(SHOWN + 1));
            entry.query.add_rows(2);
            entry.end(State::Done);
        }
        let running = queries.begin("r", Some("t".to_owned()), "default", "SELECT 1");
        assert_eq!((queries.active(), queries.all().len()), (1, RECENT + 1));
        assert!(queries.find("0").is_none());
        let last = queries.find("258").unwrap().body();
        assert_eq!((last.state, last.rows), ("done", 2));
        assert!(last.statement.ends_with("é ..."));
        assert!(running.query.is_visible(Some("t"), false) && !running.query.is_visible(Some("u"), false));
        assert!(running.query.is_visible(None, true));
        running.query.stop.request(Reason::Cancelled);
        drop(running);
        assert_eq!(queries.find("r").unwrap().body().state, "cancelled");
        drop(queries.begin("f", None, "default", ""));
        assert_eq!(queries.find("f").unwrap().body().state, "failed");
    }
}

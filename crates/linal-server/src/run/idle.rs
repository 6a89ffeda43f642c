//! Sessions of requests that are over, for the next ones.
//!
//! A request without a session has one of its own. Making one takes some milliseconds, most of them for the planner and
//! its functions, so that sessions are used again; they are as good as new then ([`Session::recycle`]).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use linal::Session;

/// How long a session is used again: its plans keep datasets that were dropped in memory.
const OLDEST: Duration = Duration::from_secs(30);

/// How long a session waits for its next request.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The sessions that wait for their next request.
#[derive(Debug)]
pub struct Idle {
    most: usize,
    waiting: Mutex<Vec<Waiting>>,
}

#[derive(Debug)]
struct Waiting {
    session: Box<Session>,
    made: Instant,
    since: Instant,
}

/// A session of a request. It waits for the next one when this is dropped.
#[derive(Debug)]
pub struct Lent {
    session: Option<Box<Session>>,
    made: Instant,
    idle: Weak<Idle>,
}

impl Idle {
    /// At most so many sessions wait.
    pub fn new(most: usize) -> Arc<Idle> {
        Arc::new(Idle { most, waiting: Mutex::default() })
    }

    /// A session that waits, or else the one that `make` makes.
    pub fn lend(self: &Arc<Idle>, make: impl FnOnce() -> Session) -> Lent {
        // The last one, so that few sessions have all the plans.
        let known = self.lock().pop();
        let (session, made) = match known.filter(|known| known.made.elapsed() < OLDEST) {
            Some(known) => (known.session, known.made),
            None => (Box::new(make()), Instant::now()),
        };
        Lent { session: Some(session), made, idle: Arc::downgrade(self) }
    }

    /// Drops the sessions that have waited long or are old.
    pub fn sweep(&self) {
        let mut ended = Vec::new();
        let mut waiting = self.lock();
        for known in std::mem::take(&mut *waiting) {
            let is_over = known.since.elapsed() > LONGEST_WAIT || known.made.elapsed() > OLDEST;
            if is_over { ended.push(known) } else { waiting.push(known) }
        }
        drop(waiting);
        // Plans are freed without the lock.
        drop(ended);
    }

    /// The number of sessions that wait.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// The session.
    pub fn session(&self) -> &Session {
        self.session.as_deref().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }

    /// The session.
    pub fn session_mut(&mut self) -> &mut Session {
        self.session.as_deref_mut().unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (Some(mut session), Some(idle)) = (self.session.take(), self.idle.upgrade()) else { return };
        if self.made.elapsed() > OLDEST || !session.recycle() {
            return;
        }
        let mut waiting = idle.lock();
        if waiting.len() < idle.most {
            waiting.push(Waiting { session, made: self.made, since: Instant::now() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linal::{Engine, Outcome};

    #[test]
    fn limits_of_a_database_do_not_stay_with_a_session() {
        let (engine, idle) = (Engine::default(), Idle::new(1));
        let mut first = idle.lend(|| engine.session());
        for statement in [
            "CREATE DATABASE tight",
            "ALTER DATABASE tight SET memory_limit = '1MB'",
            "USE tight",
            "LET a = [1]",
        ] {
            first.session_mut().execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        let limit = engine.session().memory_pool().limit();
        assert!(first.session().memory_pool().limit() < limit);
        drop(first);
        let second = idle.lend(|| panic!("there is one"));
        // Before its first statement: parameters are charged to it then.
        let pool = second.session().memory_pool();
        assert!(pool.limit() == limit && pool.reserve("a test", 4 << 20).is_ok());
    }

    #[test]
    fn a_session_is_as_good_as_new_for_the_next_request() {
        let (engine, idle) = (Engine::default(), Idle::new(1));
        let mut first = idle.lend(|| engine.session());
        let session = first.session_mut();
        for statement in [
            "CREATE DATABASE other",
            "CREATE TABLE t (a Int)",
            "INSERT INTO t VALUES (1)",
            "SELECT a FROM t",
            "LET a = [1, 2]",
            "LET b = 1 + 1",
            "PREPARE p AS SELECT 1",
            "SET max_rows = 3",
            "CREATE TEMPORARY TABLE u (x Int)",
            "USE other",
            "BEGIN",
            "CREATE TABLE half_done (a Int)",
        ] {
            session.execute(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        drop(first);
        assert_eq!((idle.count(), engine.memory_used() < 1 << 20), (1, true));
        let mut second = idle.lend(|| panic!("there is one"));
        let session = second.session_mut();
        assert_eq!((session.database(), session.names().len()), ("default", 0));
        assert_eq!(session.setting("max_rows").as_deref(), Some("40"));
        for gone in
            ["SHOW a", "SHOW b", "EXECUTE p", "SELECT * FROM u", "COMMIT", "SELECT * FROM other.half_done"]
        {
            assert!(session.execute(gone).is_err(), "{gone}");
        }
        // A program of the last user is not run again under a name of this one.
        session.execute("LET c = 7").unwrap();
        session.execute("LET b = 1 + 1").unwrap();
        let names: Vec<String> = session.names().into_iter().map(|(name, _)| name).collect();
        assert!(
            names.len() == 2 && names.contains(&"b".to_owned()) && names.contains(&"c".to_owned()),
            "{names:?}"
        );
        let Outcome::Rows(rows) = session.execute("SELECT a FROM t").unwrap() else { panic!("no rows") };
        assert_eq!(rows.num_rows(), 1);
        session.execute("DROP DATABASE other").unwrap();
        // One beyond the bound is dropped.
        let third = idle.lend(|| engine.session());
        drop((second, third));
        assert_eq!(idle.count(), 1);
    }
}

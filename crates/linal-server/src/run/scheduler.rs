//! Which statements run: a bounded number at once, and a fair queue before them.
//!
//! Each database has a queue of its own, in the order of arrival; the queues are served in turn, so that a
//! database with many waiting statements does not hold up the others. A database may have tighter limits than the
//! server; while it runs as many statements as it may, the others go on.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linal::Places;
use linal_error::Code;
use tokio::sync::oneshot;

use crate::http::{ApiError, ApiResult};

/// How many statements of a database run at once, and how many wait, beside the limits of the server.
pub type PlacesOf = Box<dyn Fn(&str) -> Places + Send + Sync>;

/// The places of running statements, and the queues of waiting ones.
pub struct Scheduler {
    places: usize,
    queue: usize,
    of_database: PlacesOf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// The statements that a database may run at once, of those that have a limit of their own.
    most_of: HashMap<Arc<str>, usize>,
    /// The running statements by database; none is 0.
    running_of: HashMap<Arc<str>, usize>,
    /// The waiting statements by database; no queue is empty.
    queues: HashMap<Arc<str>, VecDeque<oneshot::Sender<Place>>>,
    /// The databases with a queue; the first that may run another statement is served next.
    turns: VecDeque<Arc<str>>,
}

/// The right to run a statement. The next one may run when it is dropped.
#[derive(Debug)]
pub struct Place {
    scheduler: Arc<Scheduler>,
    database: Arc<str>,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// A scheduler of so many statements at once, and so many waiting ones of each database. `of_database` has the
    /// limits of a database, of which the tighter ones count; it is asked when a statement of the database comes, without
    /// the lock of the queues: it may wait for a commit.
    pub fn new(places: usize, queue: usize, of_database: PlacesOf) -> Arc<Scheduler> {
        Arc::new(Scheduler { places: places.max(1), queue, of_database, state: Mutex::default() })
    }

    /// Waits for a place. It leaves the queue when the future is dropped.
    ///
    /// # Errors
    /// 429 when the queue of the database is full.
    pub async fn place(self: &Arc<Scheduler>, database: &str) -> ApiResult<Place> {
        entered(self.enter(database, true)?).await
    }

    /// Waits for a place on behalf of what has had one before, and gave it back for a while. It stands in the queue
    /// of its database as all others do, and is not refused when that is full: it has been admitted already.
    ///
    /// # Errors
    /// 503 when the server ends.
    pub async fn place_again(self: &Arc<Scheduler>, database: &str) -> ApiResult<Place> {
        entered(self.enter(database, false)?).await
    }

    /// The number of running and of waiting statements.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.running, state.queues.values().map(VecDeque::len).sum())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Scheduler>, database: &str, is_bounded: bool) -> ApiResult<Entered> {
        // Names of databases are the same in any case.
        let database: Arc<str> = database.to_lowercase().into();
        let own = (self.of_database)(&database);
        let queue = own.queue.unwrap_or(usize::MAX);
        let mut state = self.lock();
        match own.concurrency {
            Some(most) => state.most_of.insert(database.clone(), most),
            None => state.most_of.remove(&database),
        };
        state.forget_the_gone(&database);
        // Who waits because its database runs enough does not hold up others.
        let is_first = !state.turns.iter().any(|turn| *turn == database || state.may_run(turn));
        if state.running < self.places && state.may_run(&database) && is_first {
            state.run(&database);
            return Ok(Entered::Running(Place { scheduler: self.clone(), database }));
        }
        let waiting = state.queues.get(&database).map_or(0, VecDeque::len);
        if is_bounded && waiting >= self.queue.min(queue) {
            return Err(full(&database));
        }
        let (sender, receiver) = oneshot::channel();
        let queue = state.queues.entry(database.clone()).or_default();
        queue.push_back(sender);
        if queue.len() == 1 {
            state.turns.push_back(database);
        }
        Ok(Entered::Waiting(receiver))
    }

    /// Gives free places to waiting statements.
    fn serve(self: &Arc<Scheduler>) {
        loop {
            let mut state = self.lock();
            if state.running >= self.places {
                return;
            }
            let Some((database, waiting)) = state.next() else { return };
            state.run(&database);
            drop(state);
            // One that has left in this moment gives its place back, which serves the next.
            let _ = waiting.send(Place { scheduler: self.clone(), database });
        }
    }
}

impl State {
    fn running_of(&self, database: &str) -> usize {
        self.running_of.get(database).copied().unwrap_or(0)
    }

    /// Whether a database runs fewer statements than it may.
    fn may_run(&self, database: &str) -> bool {
        self.most_of.get(database).is_none_or(|most| self.running_of(database) < *most)
    }

    fn run(&mut self, database: &Arc<str>) {
        self.running += 1;
        *self.running_of.entry(database.clone()).or_default() += 1;
    }

    fn end(&mut self, database: &Arc<str>) {
        self.running -= 1;
        if let Some(running) = self.running_of.get_mut(database) {
            *running -= 1;
            if *running == 0 {
                self.running_of.remove(database);
            }
        }
    }

    /// The next waiting statement whose client is still there, of a database that may run another one.
    fn next(&mut self) -> Option<(Arc<str>, oneshot::Sender<Place>)> {
        let mut at = 0;
        while at < self.turns.len() {
            let database = self.turns[at].clone();
            if !self.may_run(&database) {
                at += 1;
                continue;
            }
            self.turns.remove(at);
            let queue = self.queues.get_mut(&database)?;
            let mut found = None;
            while let Some(waiting) = queue.pop_front() {
                if !waiting.is_closed() {
                    found = Some(waiting);
                    break;
                }
            }
            if queue.is_empty() {
                self.queues.remove(&database);
            } else {
                self.turns.push_back(database.clone());
            }
            if let Some(found) = found {
                return Some((database, found));
            }
        }
        None
    }

    /// Removes the statements of a database whose clients have gone, so that they take no room.
    fn forget_the_gone(&mut self, database: &str) {
        let Some(queue) = self.queues.get_mut(database) else { return };
        queue.retain(|waiting| !waiting.is_closed());
        if queue.is_empty() {
            self.queues.remove(database);
            self.turns.retain(|turn| &**turn != database);
        }
    }
}

enum Entered {
    Running(Place),
    Waiting(oneshot::Receiver<Place>),
}

async fn entered(entered: Entered) -> ApiResult<Place> {
    match entered {
        Entered::Running(place) => Ok(place),
        Entered::Waiting(waiting) => {
            waiting.await.map_err(|_| ApiError::new(Code::Unavailable, "the server is about to stop"))
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.scheduler.lock().end(&self.database);
        self.scheduler.serve();
    }
}

fn full(database: &str) -> ApiError {
    let message = format!("as many statements of the database `{database}` as may wait are waiting already");
    ApiError::new(Code::QueueFull, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn unlimited() -> PlacesOf {
        Box::new(|_: &str| Places::default())
    }

    #[tokio::test]
    async fn databases_are_served_in_turn() {
        let scheduler = Scheduler::new(1, 8, unlimited());
        let first = scheduler.place("a").await.unwrap();
        let names = ["a", "a", "a", "b", "c", "b"];
        let mut waiting: Vec<_> = names.iter().map(|name| (*name, Box::pin(scheduler.place(name)))).collect();
        for (_, place) in &mut waiting {
            assert!(place.as_mut().now_or_never().is_none());
        }
        let mut order = String::new();
        let mut held = Some(first);
        while !waiting.is_empty() {
            drop(held.take());
            let mut ready = Vec::new();
            for (at, (_, place)) in waiting.iter_mut().enumerate() {
                if let Some(place) = place.as_mut().now_or_never() {
                    ready.push((at, place.unwrap()));
                }
            }
            assert_eq!(ready.len(), 1, "after {order}");
            let (at, place) = ready.remove(0);
            order.push_str(waiting.remove(at).0);
            held = Some(place);
        }
        assert_eq!(order, "abcaba");
        drop(held);
        assert_eq!(scheduler.counts(), (0, 0));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_the_gone_make_room() {
        let scheduler = Scheduler::new(1, 1, unlimited());
        let held = scheduler.place("a").await.unwrap();
        let mut waiting = Box::pin(scheduler.place("a"));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert_eq!(scheduler.place("a").await.unwrap_err().status().as_u16(), 429);
        let mut resumed = Box::pin(scheduler.place_again("a"));
        assert!(resumed.as_mut().now_or_never().is_none());
        assert_eq!(scheduler.counts(), (1, 2));
        drop(resumed);
        let mut other = Box::pin(scheduler.place("b"));
        assert!(other.as_mut().now_or_never().is_none());
        drop(waiting);
        let mut again = Box::pin(scheduler.place("a"));
        assert!(again.as_mut().now_or_never().is_none());
        drop(other);
        drop(held);
        assert!(again.as_mut().now_or_never().is_some());
        drop(again);
        assert_eq!(scheduler.counts(), (0, 0));
    }

    #[tokio::test]
    async fn a_database_with_few_places_of_its_own_holds_up_nobody() {
        let own = |name: &str| match name {
            "small" => Places { concurrency: Some(1), queue: Some(2) },
            _ => Places::default(),
        };
        let scheduler = Scheduler::new(3, 8, Box::new(own));
        let first = scheduler.place("small").await.unwrap();
        let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(scheduler.place("Small"))).collect();
        for place in &mut waiting {
            assert!(place.as_mut().now_or_never().is_none());
        }
        assert_eq!(scheduler.place("small").await.unwrap_err().status().as_u16(), 429);
        // The others have the rest of the places.
        let others = [scheduler.place("b").await.unwrap(), scheduler.place("c").await.unwrap()];
        let mut last = Box::pin(scheduler.place("b"));
        assert!(last.as_mut().now_or_never().is_none());
        assert_eq!(scheduler.counts(), (3, 3));
        let [one, other] = others;
        drop(one);
        let last = last.as_mut().now_or_never().unwrap().unwrap();
        assert!(waiting[0].as_mut().now_or_never().is_none(), "its database runs as many as it may");
        drop(first);
        let second = waiting[0].as_mut().now_or_never().unwrap().unwrap();
        assert!(waiting[1].as_mut().now_or_never().is_none());
        drop((second, other, last));
        assert!(waiting[1].as_mut().now_or_never().is_some());
        drop(waiting);
        assert_eq!(scheduler.counts(), (0, 0));
    }
}

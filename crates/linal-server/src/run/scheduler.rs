//! Which statements run: a bounded number at once, and a fair queue before them.
//!
//! Each database has a queue of its own, in the order of arrival; the queues are served in turn, so that a
//! database with many waiting statements does not hold up the others.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linal_error::Code;
use tokio::sync::oneshot;

use crate::http::{ApiError, ApiResult};

/// The places of running statements, and the queues of waiting ones.
#[derive(Debug)]
pub struct Scheduler {
    places: usize,
    queue: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// The waiting statements by database; no queue is empty.
    queues: HashMap<String, VecDeque<oneshot::Sender<Place>>>,
    /// The databases with a queue; the first is served next.
    turns: VecDeque<String>,
}

/// The right to run a statement. The next one may run when it is dropped.
#[derive(Debug)]
pub struct Place(Arc<Scheduler>);

impl Scheduler {
    /// A scheduler of so many statements at once, and so many waiting ones of each database.
    pub fn new(places: usize, queue: usize) -> Arc<Scheduler> {
        Arc::new(Scheduler { places: places.max(1), queue, state: Mutex::default() })
    }

    /// Waits for a place. It leaves the queue when the future is dropped.
    ///
    /// # Errors
    /// 429 when the queue of the database is full.
    pub async fn place(self: &Arc<Scheduler>, database: &str) -> ApiResult<Place> {
        entered(self.enter(database, self.queue)?).await
    }

    /// Waits for a place on behalf of what has had one before, and gave it back for a while. It stands in the queue
    /// of its database as all others do, and is not refused when that is full: it has been admitted already.
    ///
    /// # Errors
    /// 503 when the server ends.
    pub async fn place_again(self: &Arc<Scheduler>, database: &str) -> ApiResult<Place> {
        entered(self.enter(database, usize::MAX)?).await
    }

    /// The number of running and of waiting statements.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.running, state.queues.values().map(VecDeque::len).sum())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Scheduler>, database: &str, most: usize) -> ApiResult<Entered> {
        let mut state = self.lock();
        state.forget_the_gone(database);
        if state.running < self.places && state.turns.is_empty() {
            state.running += 1;
            return Ok(Entered::Running(Place(self.clone())));
        }
        if state.queues.get(database).map_or(0, VecDeque::len) >= most {
            return Err(full(database));
        }
        let (sender, receiver) = oneshot::channel();
        let queue = state.queues.entry(database.to_owned()).or_default();
        queue.push_back(sender);
        if queue.len() == 1 {
            state.turns.push_back(database.to_owned());
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
            let Some(waiting) = state.next() else { return };
            state.running += 1;
            drop(state);
            // One that has left in this moment gives its place back, which serves the next.
            let _ = waiting.send(Place(self.clone()));
        }
    }
}

impl State {
    /// The next waiting statement whose client is still there.
    fn next(&mut self) -> Option<oneshot::Sender<Place>> {
        while let Some(database) = self.turns.pop_front() {
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
                self.turns.push_back(database);
            }
            if found.is_some() {
                return found;
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
            self.turns.retain(|turn| turn != database);
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
        self.0.lock().running -= 1;
        self.0.serve();
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

    #[tokio::test]
    async fn databases_are_served_in_turn() {
        let scheduler = Scheduler::new(1, 8);
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
        let scheduler = Scheduler::new(1, 1);
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
}

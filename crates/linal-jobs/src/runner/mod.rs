//! The threads that run jobs and fire schedules.

mod attempt;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) use self::attempt::Control;
pub use self::attempt::{Attempt, Execute, StopReason, Success};
use self::worker::Worker;
use crate::queue::{Queue, Watch};

/// The pause between two looks at schedules, leases and stopped jobs; less when something happens before.
const LOOK: Duration = Duration::from_secs(1);

/// The time between two renewals of leases, a third of a lease.
const RENEW: Duration = Duration::from_secs(10);

/// The time between two looks for what is over.
const EXPIRE: Duration = Duration::from_secs(30);

/// The pause between two signals to a job that is to stop. One could be lost between two statements.
const AGAIN: Duration = Duration::from_millis(5);

/// The time that stopped jobs get to end.
const LAST: Duration = Duration::from_secs(5);

/// Runs the jobs of a queue until it is dropped.
pub struct Runner {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

pub(crate) struct Shared {
    pub queue: Queue,
    pub execute: Arc<dyn Execute>,
    /// The name in leases, unlike that of every other runner.
    pub name: String,
    /// No more jobs are taken.
    pub is_stopping: AtomicBool,
    /// The thread that watches is to end.
    is_over: AtomicBool,
    /// Jobs that run.
    pub active: AtomicUsize,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("name", &self.shared.name).finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts so many threads that run jobs, and one that fires schedules if it is asked to, and looks after leases,
    /// results and jobs that are to stop.
    pub fn start(queue: &Queue, execute: Arc<dyn Execute>, workers: usize, fires_schedules: bool) -> Runner {
        let shared = Arc::new(Shared {
            name: name(),
            queue: queue.clone(),
            execute,
            is_stopping: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            active: AtomicUsize::new(0),
        });
        let mut threads = Vec::new();
        for number in 0..workers.max(1) {
            let worker = Worker(shared.clone());
            threads.extend(spawn(&format!("linal-job-{number}"), move || worker.run()));
        }
        let watching = shared.clone();
        threads.extend(spawn("linal-schedules", move || watch(&watching, fires_schedules)));
        Runner { shared, threads }
    }

    /// The number of jobs that run now.
    pub fn active(&self) -> usize {
        self.shared.active.load(Ordering::SeqCst)
    }

    /// Waits until no job waits and none runs. Jobs that wait for another attempt count.
    ///
    /// # Errors
    /// A queue that cannot be read.
    pub fn wait_until_empty(&self) -> crate::Result<()> {
        loop {
            let seen = self.shared.queue.signal().count();
            if self.shared.queue.counts()? == (0, 0) {
                return Ok(());
            }
            self.shared.queue.signal().wait(seen, LOOK);
        }
    }

    /// Takes no more jobs. Those that run go on.
    pub fn drain(&self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        self.shared.queue.signal().notify();
    }

    /// Takes no more jobs, gives those that run a time, and interrupts the rest: they are tried again as they allow.
    pub fn stop(mut self, drain: Duration) {
        self.end(drain);
    }

    fn end(&mut self, drain: Duration) {
        self.drain();
        let shared = &self.shared;
        shared.wait_for_idle(drain, || {});
        shared.wait_for_idle(LAST, || shared.stop_all());
        shared.is_over.store(true, Ordering::SeqCst);
        shared.queue.signal().notify();
        // A job that cannot be stopped keeps its thread; the next opening ends its attempt as interrupted.
        if shared.active.load(Ordering::SeqCst) == 0 {
            self.threads.drain(..).for_each(|thread| drop(thread.join()));
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl Shared {
    fn wait_for_idle(&self, most: Duration, each: impl Fn()) {
        let start = Instant::now();
        while self.active.load(Ordering::SeqCst) > 0 && start.elapsed() < most {
            each();
            thread::sleep(AGAIN);
        }
    }

    /// Interrupts the jobs of this process.
    fn stop_all(&self) {
        let running: Vec<_> = self.queue.running().values().cloned().collect();
        running.iter().for_each(|control| control.stop(StopReason::Shutdown));
    }

    /// Signals to jobs that are to stop once more; returns whether there are any.
    fn signal_again(&self) -> bool {
        let running: Vec<_> = self.queue.running().values().cloned().collect();
        running.iter().filter(|control| control.signal()).count() > 0
    }
}

/// Fires schedules, renews leases, removes what is over, and repeats signals. A failure, such as a full disk, is met
/// again at the next look.
fn watch(shared: &Shared, fires_schedules: bool) {
    let mut watch = Watch::begin(shared.queue.now_us());
    let (mut renewed, mut expired) = (Instant::now(), None::<Instant>);
    while !shared.is_over.load(Ordering::SeqCst) {
        let seen = shared.queue.signal().count();
        let mut pause = LOOK;
        let is_stopping = shared.is_stopping.load(Ordering::SeqCst);
        if fires_schedules && !is_stopping {
            let next = shared.queue.fire(&mut watch).ok().flatten();
            pause = next.map_or(LOOK, |us| LOOK.min(Duration::from_micros(us.max(0).unsigned_abs())));
        }
        if renewed.elapsed() >= RENEW {
            let _ = shared.queue.renew(&shared.name);
            renewed = Instant::now();
        }
        if expired.is_none_or(|last| last.elapsed() >= EXPIRE) {
            let _ = shared.queue.expire();
            expired = Some(Instant::now());
        }
        if shared.signal_again() {
            thread::sleep(AGAIN);
        } else {
            shared.queue.signal().wait(seen, pause);
        }
    }
}

/// A thread of the system; `None` where it has no more, in which case the others do the work.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(run).ok()
}

/// Stack of the threads that run statements, in bytes.
const STACK: usize = 8 << 20;

fn name() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{}-{:016x}", std::process::id(), RandomState::new().hash_one(1))
}

//! The threads that run jobs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use linal_error::Code;
use linal_jobs::model::{Job, JobError, JobState, NewJob, NewSchedule};
use linal_jobs::timing::Timing;
use linal_jobs::{
    Attempt, Execute, Place, Queue, Runner, StopReason, Success, SystemClock, SystemRandomness,
};

/// Runs statements of one word: what a job is to do.
#[derive(Default)]
struct Words {
    ran: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most: AtomicUsize,
    /// Why those that wait were stopped.
    stopped: Mutex<Vec<StopReason>>,
}

impl Execute for Words {
    fn execute(&self, attempt: &Attempt) -> Result<Success, JobError> {
        let running = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        let ended = self.word(attempt);
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        ended
    }
}

impl Words {
    fn word(&self, attempt: &Attempt) -> Result<Success, JobError> {
        let word = attempt.job.statements.as_str();
        self.ran.lock().unwrap().push(format!("{word}{}", attempt.job.attempt));
        match word {
            "fail" => Err(JobError::new(Code::UnknownName, "no")),
            "panic" => panic!("a test"),
            "once" if attempt.job.attempt == 1 => Err(JobError::new(Code::Conflict, "again")),
            "wait" => {
                attempt.set_progress(1, 2);
                let reason = loop {
                    if let Some(reason) = attempt.stop_reason() {
                        break reason;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                };
                self.stopped.lock().unwrap().push(reason);
                Err(JobError::new(Code::Cancelled, "stopped"))
            }
            _ => {
                std::thread::sleep(Duration::from_millis(2));
                std::fs::write(attempt.result_path(), word).unwrap();
                Ok(Success { rows: Some(1), has_result: true })
            }
        }
    }
}

fn open() -> Queue {
    Queue::open(Place::Memory, Arc::new(SystemClock), Arc::new(SystemRandomness)).unwrap()
}

fn wait(queue: &Queue, id: i64, done: impl Fn(&Job) -> bool) -> Job {
    let start = Instant::now();
    loop {
        let job = queue.job(id).unwrap().unwrap();
        if done(&job) {
            return job;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{job:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn ended(job: &Job) -> bool {
    job.state.has_ended()
}

#[test]
fn jobs_run_and_end() {
    let queue = open();
    let words = Arc::new(Words::default());
    let submit = |word: &str| queue.submit(&NewJob { retries: 1, ..NewJob::new(word) }).unwrap().job.id;
    let ids: Vec<i64> = ["ok", "fail", "once", "panic"].into_iter().map(submit).collect();
    let runner = Runner::start(&queue, words.clone(), 3, false);
    runner.wait_until_empty().unwrap();
    let jobs: Vec<Job> = ids.iter().map(|id| queue.job(*id).unwrap().unwrap()).collect();
    let states: Vec<_> = jobs.iter().map(|job| (job.state, job.attempt)).collect();
    assert_eq!(
        states,
        [(JobState::Succeeded, 1), (JobState::Failed, 1), (JobState::Succeeded, 2), (JobState::Failed, 1)]
    );
    assert_eq!(jobs[3].error.as_ref().unwrap().name, "internal_error");
    assert_eq!(std::io::read_to_string(queue.result(ids[0]).unwrap()).unwrap(), "ok");
    assert!(words.most.load(Ordering::SeqCst) <= 3);
    // Jobs that come while the threads wait run at once.
    let late = submit("ok");
    wait(&queue, late, ended);
    runner.stop(Duration::ZERO);
    assert_eq!(queue.job(submit("ok")).unwrap().unwrap().state, JobState::Pending);
}

#[test]
fn a_running_job_is_cancelled() {
    let queue = open();
    let words = Arc::new(Words::default());
    let runner = Runner::start(&queue, words.clone(), 1, false);
    let id = queue.submit(&NewJob::new("wait")).unwrap().job.id;
    let job = wait(&queue, id, |job| job.progress.is_some());
    assert_eq!((job.state, job.progress), (JobState::Running, Some(0.5)));
    queue.cancel(id).unwrap();
    assert_eq!(wait(&queue, id, ended).state, JobState::Cancelled);
    assert_eq!(queue.cancel(id).unwrap_err().code(), Code::JobEnded);
    assert_eq!(*words.stopped.lock().unwrap(), [StopReason::Cancelled]);
    drop(runner);
}

#[test]
fn a_stop_interrupts_what_does_not_end() {
    let queue = open();
    let words = Arc::new(Words::default());
    let runner = Runner::start(&queue, words.clone(), 2, false);
    let submit = |retries| queue.submit(&NewJob { retries, ..NewJob::new("wait") }).unwrap().job.id;
    let (once, again) = (submit(0), submit(1));
    wait(&queue, once, |job| job.state == JobState::Running);
    wait(&queue, again, |job| job.state == JobState::Running);
    runner.stop(Duration::from_millis(20));
    let job = queue.job(once).unwrap().unwrap();
    assert_eq!((job.state, job.error.unwrap().name.as_str()), (JobState::Failed, "interrupted"));
    let job = queue.job(again).unwrap().unwrap();
    assert_eq!((job.state, job.attempt), (JobState::Pending, 1));
    assert_eq!(*words.stopped.lock().unwrap(), [StopReason::Shutdown; 2]);
}

#[test]
fn a_schedule_fires_while_somebody_runs_jobs() {
    let queue = open();
    let words = Arc::new(Words::default());
    queue.create_schedule(&NewSchedule::new("s", Timing::every("1s").unwrap(), "ok"), false).unwrap();
    let runner = Runner::start(&queue, words, 1, true);
    let start = Instant::now();
    while queue.runs("s", 10).unwrap().len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(runner);
    let runs = queue.runs("s", 10).unwrap();
    assert_eq!(runs[0].scheduled_us - runs[1].scheduled_us, 1_000_000);
}

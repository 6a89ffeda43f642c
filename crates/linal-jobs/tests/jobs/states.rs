//! Results, keys and what is forgotten.

use std::sync::Arc;

use linal_error::Code;

use crate::{START, queue};
use linal_jobs::model::{Ending, JobError, JobState, NewJob, ResultState};
use linal_jobs::{Attempt, Execute, JobFilter, ManualClock, Queue, REMEMBERED, Runner, Success};

/// Runs one job, whose result are these contents.
fn run(queue: &Queue, contents: &'static str) {
    struct Writes(&'static str);
    impl Execute for Writes {
        fn execute(&self, attempt: &Attempt) -> Result<Success, JobError> {
            std::fs::write(attempt.result_path(), self.0).unwrap();
            Ok(Success { rows: Some(3), has_result: true })
        }
    }
    let runner = Runner::start(queue, Arc::new(Writes(contents)), 1, false);
    runner.wait_until_empty().unwrap();
}

fn advance(clock: &ManualClock, time: std::time::Duration) {
    clock.advance(time.as_micros() as i64);
}

#[test]
fn results_stay_for_their_time() {
    let (queue, clock) = queue();
    let keep = std::time::Duration::from_secs(60);
    let id = queue.submit(&NewJob { keep, ..NewJob::new("SELECT 1") }).unwrap().job.id;
    assert_eq!(queue.result(id).unwrap_err().code(), Code::NoResult);
    assert_eq!(queue.result(99).unwrap_err().code(), Code::UnknownName);
    run(&queue, "rows");
    assert_eq!(std::io::read_to_string(queue.result(id).unwrap()).unwrap(), "rows");
    queue.expire().unwrap();
    let job = queue.job(id).unwrap().unwrap();
    assert_eq!((job.state, job.rows, job.result), (JobState::Succeeded, Some(3), ResultState::Kept));
    advance(&clock, keep);
    queue.expire().unwrap();
    assert_eq!(queue.result(id).unwrap_err().code(), Code::ResultExpired);
    advance(&clock, REMEMBERED);
    queue.expire().unwrap();
    assert!(queue.job(id).unwrap().is_some());
    clock.advance(1);
    queue.expire().unwrap();
    assert!(queue.job(id).unwrap().is_none());
}

#[test]
fn keys_are_those_of_an_owner() {
    let (queue, _) = queue();
    let new = |owner: Option<&str>| NewJob {
        key: Some("k".to_owned()),
        owner: owner.map(str::to_owned),
        ..NewJob::new("SELECT 1")
    };
    let first = queue.submit(&new(Some("a"))).unwrap();
    assert!(first.is_new);
    assert!(!queue.submit(&new(Some("a"))).unwrap().is_new);
    assert!(queue.submit(&new(Some("b"))).unwrap().is_new);
    assert!(queue.submit(&new(None)).unwrap().is_new);
    let of = |owner: Option<Option<String>>| {
        queue.jobs(&JobFilter { owner, ..JobFilter::default() }).unwrap().len()
    };
    assert_eq!((of(None), of(Some(None)), of(Some(Some("a".to_owned())))), (3, 1, 1));
}

#[test]
fn what_is_wrong_is_refused() {
    let (queue, _) = queue();
    let new = || NewJob::new("SELECT 1");
    for wrong in [
        NewJob { priority: 10, ..new() },
        NewJob { retries: 1001, ..new() },
        NewJob { key: Some(String::new()), ..new() },
        NewJob { key: Some("schedule/s/x".to_owned()), ..new() },
        NewJob { key: Some("x".repeat(513)), ..new() },
        NewJob::new(" \n"),
    ] {
        assert_eq!(queue.submit(&wrong).unwrap_err().code(), Code::BadArgument, "{wrong:?}");
    }
    assert_eq!(queue.counts().unwrap(), (0, 0));
}

#[test]
fn a_clock_that_went_back_holds_no_retry_up() {
    let (queue, clock) = queue();
    queue.submit(&NewJob { retries: 1, ..NewJob::new("SELECT 1") }).unwrap();
    let job = queue.claim("r").unwrap().unwrap();
    queue.end_attempt(job.id, job.attempt, "r", &Ending::Interrupted).unwrap();
    assert!(queue.claim("r").unwrap().is_none(), "it waits");
    clock.set(START - 86_400_000_000);
    assert_eq!(queue.claim("r").unwrap().map(|job| job.attempt), Some(2));
}

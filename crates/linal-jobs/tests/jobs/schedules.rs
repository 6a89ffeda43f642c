//! Schedules: policies, and clocks that jump.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{MINUTE, SECOND, START, queue};
use linal_jobs::model::{Ending, JobState, Missed, NewSchedule};
use linal_jobs::timing::Timing;
use linal_jobs::{JobFilter, Queue, Watch};

const DONE: Ending = Ending::Succeeded { rows: None, has_result: false };

fn schedule(every: &str, missed: Missed, overlap: bool) -> NewSchedule {
    NewSchedule { missed, overlap, ..NewSchedule::new("s", Timing::every(every).unwrap(), "SELECT 1") }
}

/// The moments that have a job, in minutes after the start.
fn fired(queue: &Queue) -> Vec<i64> {
    let runs = queue.runs("s", 1000).unwrap();
    runs.iter().rev().filter(|run| run.job.is_some()).map(|run| (run.scheduled_us - START) / MINUTE).collect()
}

/// Runs everything that waits.
fn work(queue: &Queue) {
    while let Some(claimed) = queue.claim("r").unwrap() {
        queue.end_attempt(claimed.id, claimed.attempt, "r", &DONE).unwrap();
    }
}

#[test]
fn moments_on_time_fire_with_their_key() {
    let (queue, clock) = queue();
    queue.create_schedule(&schedule("1m", Missed::Skip, false), false).unwrap();
    let mut watch = Watch::begin(START);
    assert_eq!(queue.fire(&mut watch).unwrap(), Some(MINUTE));
    clock.set(START + MINUTE + 5);
    assert_eq!(queue.fire(&mut watch).unwrap(), Some(MINUTE - 5));
    queue.fire(&mut watch).unwrap();
    let jobs = queue.jobs(&JobFilter::default()).unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].key.as_deref(), Some("schedule/s/2026-12-01T00:01:00Z"));
    assert_eq!((jobs[0].schedule.as_deref(), jobs[0].state), (Some("s"), JobState::Pending));
    let run = &queue.runs("S", 10).unwrap()[0];
    assert_eq!(
        (run.scheduled_us, run.job, run.state),
        (START + MINUTE, Some(jobs[0].id), Some(JobState::Pending))
    );
}

#[test]
fn missed_moments_follow_their_policy() {
    for (missed, expected) in
        [(Missed::Skip, vec![11]), (Missed::Once, vec![10, 11]), (Missed::All, (1..=11).collect::<Vec<_>>())]
    {
        let (queue, clock) = queue();
        queue.create_schedule(&schedule("1m", missed, true), false).unwrap();
        // Nobody was there for ten minutes and a half.
        clock.set(START + 10 * MINUTE + MINUTE / 2);
        let mut watch = Watch::begin(START + 10 * MINUTE + MINUTE / 2);
        queue.fire(&mut watch).unwrap();
        clock.set(START + 11 * MINUTE);
        queue.fire(&mut watch).unwrap();
        assert_eq!(fired(&queue), expected, "{missed:?}");
    }
}

#[test]
fn a_machine_that_slept_has_missed_its_moments() {
    let (queue, clock) = queue();
    queue.create_schedule(&schedule("1m", Missed::Skip, true), false).unwrap();
    let mut watch = Watch::begin(START);
    clock.set(START + 5 * MINUTE + 40 * SECOND);
    queue.fire(&mut watch).unwrap();
    assert_eq!(fired(&queue), Vec::<i64>::new());
}

#[test]
fn jobs_of_a_schedule_do_not_overlap_unless_they_may() {
    let minutes = |missed, overlap| {
        let (queue, clock) = queue();
        queue.create_schedule(&schedule("1m", missed, overlap), false).unwrap();
        let mut watch = Watch::begin(START);
        clock.set(START + MINUTE);
        queue.fire(&mut watch).unwrap();
        let first = queue.claim("r").unwrap().unwrap();
        for minute in 2..=4 {
            clock.set(START + minute * MINUTE);
            queue.fire(&mut watch).unwrap();
        }
        let overlaps = queue.claim("r").unwrap().is_some();
        assert_eq!(overlaps, overlap, "{missed:?}");
        queue.end_attempt(first.id, first.attempt, "r", &DONE).unwrap();
        work(&queue);
        assert_eq!(queue.runs("s", 10).unwrap().len(), 4, "a moment that is passed over is in the list");
        fired(&queue)
    };
    assert_eq!(minutes(Missed::Skip, false), [1]);
    assert_eq!(minutes(Missed::Once, false), [1, 2]);
    assert_eq!(minutes(Missed::All, false), [1, 2, 3, 4]);
    assert_eq!(minutes(Missed::Skip, true), [1, 2, 3, 4]);
}

#[test]
fn pauses_replacements_and_drops() {
    let (queue, clock) = queue();
    let new = schedule("1m", Missed::All, true);
    queue.create_schedule(&new, false).unwrap();
    assert_eq!(queue.create_schedule(&new, false).unwrap_err().code(), linal_error::Code::NameExists);
    let mut watch = Watch::begin(START);
    assert!(queue.pause_schedule("S", true).unwrap().next_us.is_none());
    clock.set(START + 3 * MINUTE);
    queue.fire(&mut watch).unwrap();
    assert_eq!(queue.pause_schedule("s", false).unwrap().next_us, Some(START + 4 * MINUTE));
    clock.set(START + 4 * MINUTE);
    queue.fire(&mut watch).unwrap();
    assert_eq!(fired(&queue), [4], "moments of a pause are not missed");
    // A schedule that is dropped and created again does not fire a moment that has fired.
    assert!(queue.drop_schedule("s", false).unwrap());
    assert!(!queue.drop_schedule("s", true).unwrap());
    assert!(queue.drop_schedule("s", false).is_err());
    clock.set(START + 4 * MINUTE - SECOND);
    queue.create_schedule(&new, true).unwrap();
    clock.set(START + 4 * MINUTE);
    queue.fire(&mut watch).unwrap();
    assert_eq!(queue.jobs(&JobFilter::default()).unwrap().len(), 1);
    assert!(queue.schedule("t").unwrap_err().code() == linal_error::Code::UnknownName);
}

#[derive(Clone, Debug)]
enum Step {
    /// The clock goes on, a little or far.
    Forward(i64),
    /// The clock jumps back.
    Back(i64),
    /// The process starts anew.
    Restart,
    /// The jobs run.
    Work,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..90 * SECOND).prop_map(Step::Forward),
        1 => (MINUTE..60 * MINUTE).prop_map(Step::Forward),
        2 => (1..30 * MINUTE).prop_map(Step::Back),
        1 => Just(Step::Restart),
        3 => Just(Step::Work),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever the clock does, no moment has two jobs, and no job runs twice.
    #[test]
    fn no_moment_fires_twice(steps in prop::collection::vec(step(), 1..60), policy in 0..3usize, overlap: bool) {
        let (queue, clock) = queue();
        let missed = [Missed::Skip, Missed::Once, Missed::All][policy];
        queue.create_schedule(&schedule("1m", missed, overlap), false).unwrap();
        let (mut now, mut watch) = (START, Watch::begin(START));
        let mut ran = BTreeSet::new();
        for step in steps {
            match step {
                Step::Forward(us) => now += us,
                Step::Back(us) => now -= us,
                Step::Restart => watch = Watch::begin(now),
                Step::Work => {
                    while let Some(claimed) = queue.claim("r").unwrap() {
                        prop_assert!(ran.insert(claimed.key.clone().unwrap()), "{:?} ran twice", claimed.key);
                        queue.end_attempt(claimed.id, claimed.attempt, "r", &DONE).unwrap();
                    }
                }
            }
            clock.set(now);
            queue.fire(&mut watch).unwrap();
            let runs = queue.runs("s", 10_000).unwrap();
            let with_job = runs.iter().filter(|run| run.job.is_some()).count();
            prop_assert_eq!(with_job, queue.jobs(&JobFilter::default()).unwrap().len());
            prop_assert!(runs.windows(2).all(|pair| pair[0].scheduled_us > pair[1].scheduled_us));
            prop_assert!(runs.iter().all(|run| run.scheduled_us % MINUTE == 0));
        }
    }

    /// With a clock that goes on, `all` leaves out no moment, and so does every policy while somebody watches.
    #[test]
    fn no_moment_is_lost(pauses in prop::collection::vec(1..25 * SECOND, 1..40), sleeps: bool) {
        let (queue, clock) = queue();
        let missed = if sleeps { Missed::All } else { Missed::Skip };
        queue.create_schedule(&schedule("10s", missed, true), false).unwrap();
        let (mut now, mut watch) = (START, Watch::begin(START));
        for (at, pause) in pauses.into_iter().enumerate() {
            if sleeps && at % 3 == 0 {
                now += 7 * MINUTE;
                watch = Watch::begin(now);
            }
            now += pause;
            clock.set(now);
            queue.fire(&mut watch).unwrap();
            work(&queue);
        }
        let expected = (now - START) / (10 * SECOND);
        prop_assert_eq!(queue.runs("s", 100_000).unwrap().len() as i64, expected);
    }
}

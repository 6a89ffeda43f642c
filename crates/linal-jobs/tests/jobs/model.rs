//! Random operations on the queue and on a twin that is a list.

use std::collections::BTreeMap;

use linal_error::Code;
use proptest::prelude::*;

use crate::{SECOND, START, queue};
use linal_jobs::JobFilter;
use linal_jobs::model::{Ending, JobError, JobState, NewJob, can_pass, delay_us};

#[derive(Clone, Debug)]
enum Op {
    Submit { priority: u8, key: Option<u8>, retries: u32 },
    Claim,
    End { which: usize, how: u8 },
    Cancel { which: usize },
    Advance { us: i64 },
    Die,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..10u8, prop::option::of(0..4u8), 0..3u32)
            .prop_map(|(priority, key, retries)| Op::Submit { priority, key, retries }),
        4 => Just(Op::Claim),
        4 => (any::<usize>(), 0..6u8).prop_map(|(which, how)| Op::End { which, how }),
        1 => any::<usize>().prop_map(|which| Op::Cancel { which }),
        2 => (0..5 * SECOND).prop_map(|us| Op::Advance { us }),
        1 => Just(Op::Die),
    ]
}

/// A job of the twin.
#[derive(Clone, Debug)]
struct Twin {
    state: JobState,
    priority: u8,
    retries: u32,
    attempt: u32,
    eligible: i64,
    is_cancelled: bool,
    ends: u32,
}

fn ending(how: u8) -> Ending {
    let failed = |code| Ending::Failed(JobError::new(code, "x"));
    match how {
        0 | 1 => Ending::Succeeded { rows: Some(1), has_result: false },
        2 => failed(Code::Conflict),
        3 => failed(Code::UnknownName),
        4 => Ending::Cancelled,
        _ => Ending::Interrupted,
    }
}

/// What the twin makes of an ending; written from the page of the service rather than from the code.
fn end(job: &mut Twin, how: u8, now: i64) {
    let passes = match how {
        0 | 1 => {
            job.state = JobState::Succeeded;
            false
        }
        4 => {
            job.state = JobState::Cancelled;
            false
        }
        _ if job.is_cancelled => {
            job.state = JobState::Cancelled;
            false
        }
        2 => can_pass(Code::Conflict),
        3 => false,
        _ => true,
    };
    if job.state == JobState::Running {
        if passes && job.attempt < 1 + job.retries {
            job.state = JobState::Pending;
            job.eligible = now + delay_us(job.attempt, 0.0);
        } else {
            job.state = JobState::Failed;
        }
    }
    if job.state.has_ended() {
        job.ends += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_does_what_a_list_does(ops in prop::collection::vec(op(), 1..60)) {
        let (queue, clock) = queue();
        let mut twins: BTreeMap<i64, Twin> = BTreeMap::new();
        let mut keys: BTreeMap<u8, i64> = BTreeMap::new();
        let mut now = START;
        for op in ops {
            match op {
                Op::Submit { priority, key, retries } => {
                    let text = key.map(|key| format!("k{key}"));
                    let new = NewJob { priority, key: text, retries, ..NewJob::new("SELECT 1") };
                    let submitted = queue.submit(&new).unwrap();
                    let known = key.and_then(|key| keys.get(&key).copied());
                    prop_assert_eq!(submitted.is_new, known.is_none());
                    prop_assert!(known.is_none_or(|id| id == submitted.job.id));
                    if submitted.is_new {
                        prop_assert!(!twins.contains_key(&submitted.job.id));
                        let twin = Twin {
                            state: JobState::Pending, priority, retries, attempt: 0, eligible: now,
                            is_cancelled: false, ends: 0,
                        };
                        twins.insert(submitted.job.id, twin);
                        key.map(|key| keys.insert(key, submitted.job.id));
                    }
                }
                Op::Claim => {
                    let claimed = queue.claim("r").unwrap().map(|job| job.id);
                    let ready = twins.iter().filter(|(_, twin)| twin.state == JobState::Pending && twin.eligible <= now);
                    let expected = ready.min_by_key(|(id, twin)| (std::cmp::Reverse(twin.priority), **id)).map(|(id, _)| *id);
                    prop_assert_eq!(claimed, expected);
                    if let Some(twin) = claimed.and_then(|id| twins.get_mut(&id)) {
                        twin.state = JobState::Running;
                        twin.attempt += 1;
                    }
                }
                Op::End { which, how } => {
                    let running: Vec<i64> =
                        twins.iter().filter(|(_, twin)| twin.state == JobState::Running).map(|(id, _)| *id).collect();
                    let Some(id) = running.get(which % running.len().max(1)) else { continue };
                    let twin = twins.get_mut(id).unwrap();
                    let attempt = twin.attempt;
                    // Neither an earlier attempt nor another runner ends it.
                    prop_assert_eq!(queue.end_attempt(*id, attempt - 1, "r", &ending(how)).unwrap(), None);
                    prop_assert_eq!(queue.end_attempt(*id, attempt, "other", &ending(how)).unwrap(), None);
                    let state = queue.end_attempt(*id, attempt, "r", &ending(how)).unwrap();
                    end(twin, how, now);
                    prop_assert_eq!(state, Some(twin.state));
                    // What has ended, or waits, is not ended again.
                    prop_assert_eq!(queue.end_attempt(*id, attempt, "r", &ending(how)).unwrap(), None);
                }
                Op::Cancel { which } => {
                    let ids: Vec<i64> = twins.keys().copied().collect();
                    let Some(id) = ids.get(which % ids.len().max(1)) else { continue };
                    let twin = twins.get_mut(id).unwrap();
                    let cancelled = queue.cancel(*id);
                    if twin.state.has_ended() {
                        prop_assert_eq!(cancelled.unwrap_err().code(), Code::JobEnded);
                    } else {
                        twin.is_cancelled = true;
                        if twin.state == JobState::Pending {
                            twin.state = JobState::Cancelled;
                            twin.ends += 1;
                        }
                        prop_assert_eq!(cancelled.unwrap().state, twin.state);
                    }
                }
                Op::Advance { us } => {
                    now += us;
                    clock.set(now);
                }
                Op::Die => {
                    queue.recover().unwrap();
                    twins.values_mut().filter(|twin| twin.state == JobState::Running).for_each(|twin| end(twin, 5, now));
                }
            }
            let mut listed = queue.jobs(&JobFilter::default()).unwrap();
            listed.reverse();
            prop_assert_eq!(listed.len(), twins.len());
            for (job, (id, twin)) in listed.iter().zip(&twins) {
                prop_assert_eq!((job.id, job.state, job.attempt), (*id, twin.state, twin.attempt));
                prop_assert_eq!(job.ended_us.is_some(), twin.state.has_ended());
                prop_assert!(twin.ends <= 1);
                prop_assert!(twin.attempt <= 1 + twin.retries);
            }
        }
    }
}

//! How a job goes from state to state when an attempt ends.

use linal_error::Code;

use super::{JobError, JobState};

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// All statements have succeeded.
    Succeeded {
        /// Rows of the result.
        rows: Option<u64>,
        /// Whether a result is kept.
        has_result: bool,
    },
    /// A statement has failed.
    Failed(JobError),
    /// Somebody has cancelled it.
    Cancelled,
    /// The process that ran it has ended, or ends.
    Interrupted,
}

/// What decides, beside the ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// How often the job may be tried again.
    pub retries: u32,
    /// Whether somebody has asked to cancel it.
    pub is_cancelled: bool,
    /// Whether all that the statements change is committed.
    pub is_committed: bool,
}

/// What a job becomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// It waits for another attempt; the error is that of the last one.
    Retry(JobError),
    /// It has ended.
    Ended(JobState, Option<JobError>),
}

/// The next state of a running job.
///
/// An attempt whose transaction is committed has done its work, whatever came after: it is not done a second time.
pub fn next_state(running: Running, ending: &Ending) -> Next {
    let error = match ending {
        Ending::Succeeded { .. } => return Next::Ended(JobState::Succeeded, None),
        _ if running.is_committed => return Next::Ended(JobState::Succeeded, None),
        Ending::Cancelled => return Next::Ended(JobState::Cancelled, None),
        _ if running.is_cancelled => return Next::Ended(JobState::Cancelled, None),
        Ending::Failed(error) => error.clone(),
        Ending::Interrupted => JobError::interrupted(),
    };
    if can_pass(error.code()) && running.attempt <= running.retries {
        Next::Retry(error)
    } else {
        Next::Ended(JobState::Failed, Some(error))
    }
}

/// Whether a failure may not come again; a mistake of the statement does.
pub fn can_pass(code: Code) -> bool {
    matches!(code, Code::Conflict | Code::MemoryLimit | Code::Timeout | Code::Interrupted)
}

/// The wait before the second attempt, in microseconds; it doubles with each further one.
const FIRST_DELAY_US: i64 = 500_000;

/// The longest wait.
pub(crate) const MAX_DELAY_US: i64 = 300_000_000;

/// The wait after an attempt, in microseconds. A fraction from 0 to 1 takes up to a quarter of it away, so that jobs
/// that failed together do not meet again.
pub fn delay_us(attempt: u32, fraction: f64) -> i64 {
    let doublings = attempt.saturating_sub(1).min(30);
    let whole = FIRST_DELAY_US.saturating_mul(1 << doublings).min(MAX_DELAY_US);
    whole - (whole as f64 * 0.25 * fraction.clamp(0.0, 1.0)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: Running = Running { attempt: 1, retries: 1, is_cancelled: false, is_committed: false };

    fn failed(code: Code) -> Ending {
        Ending::Failed(JobError::new(code, "x"))
    }

    #[test]
    fn what_can_pass_is_tried_again() {
        for code in Code::ALL {
            let next = next_state(RUNNING, &failed(*code));
            assert_eq!(matches!(next, Next::Retry(_)), can_pass(*code), "{code}");
            let last = Running { attempt: 2, ..RUNNING };
            assert!(
                matches!(next_state(last, &failed(*code)), Next::Ended(JobState::Failed, Some(_))),
                "{code}"
            );
        }
        assert!(matches!(next_state(RUNNING, &Ending::Interrupted), Next::Retry(_)));
    }

    #[test]
    fn a_committed_attempt_has_succeeded() {
        let committed = Running { is_committed: true, is_cancelled: true, ..RUNNING };
        for ending in [failed(Code::Timeout), Ending::Cancelled, Ending::Interrupted] {
            assert_eq!(next_state(committed, &ending), Next::Ended(JobState::Succeeded, None));
        }
    }

    #[test]
    fn a_cancelled_job_is_not_tried_again() {
        let cancelled = Running { is_cancelled: true, ..RUNNING };
        for ending in
            [failed(Code::Timeout), failed(Code::UnknownName), Ending::Cancelled, Ending::Interrupted]
        {
            assert_eq!(next_state(cancelled, &ending), Next::Ended(JobState::Cancelled, None));
        }
    }

    #[test]
    fn waits_double_up_to_a_bound() {
        assert_eq!([1, 2, 3].map(|attempt| delay_us(attempt, 0.0)), [500_000, 1_000_000, 2_000_000]);
        assert_eq!(delay_us(1000, 0.0), MAX_DELAY_US);
        assert_eq!(delay_us(1, 1.0), 375_000);
    }
}

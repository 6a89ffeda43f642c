//! What jobs and schedules are.

mod job;
mod schedule;
mod transition;

pub(crate) use job::{SCHEDULE_KEYS, wrong};

pub use job::{Job, JobError, JobState, NewJob, ResultState};
pub use schedule::{Missed, NewSchedule, Run, Schedule};
pub(crate) use transition::MAX_DELAY_US;
pub use transition::{Ending, Next, Running, can_pass, delay_us, next_state};

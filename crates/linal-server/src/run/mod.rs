//! Running the statements of requests.
//!
//! [`Scheduler`] decides when, [`Sessions`] and [`Idle`] where, [`run()`] does it on a thread beside tokio's, [`Stop`] ends
//! it early, and [`Queries`] lists what runs.
//! [`ServerJobs`] runs jobs.

mod admission;
mod delivery;
mod idle;
mod import;
mod jobs;
mod lease;
mod parameters;
mod queries;
mod scheduler;
mod sessions;
mod stop;
mod task;
mod worker;

pub use self::admission::{cancelled, log, place};
pub use self::delivery::{Delivery, Ignored, Results, Undelivered, give};
pub use self::idle::{Idle, Lent};
pub use self::import::{Mode, import};
pub use self::jobs::ServerJobs;
pub use self::lease::Lease;
pub use self::parameters::parameter_names;
pub use self::queries::{Entry, Queries, Query, State};
pub use self::scheduler::{Place, Scheduler};
pub use self::sessions::{Sessions, Use};
pub use self::stop::{Reason, Stop, StopOnDrop};
pub use self::task::{Running, Started, Task, context};
pub use self::worker::{Ended, Work, poll, run};

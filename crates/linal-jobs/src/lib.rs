//! Durable jobs and schedules: statements that run later, once, and whatever becomes of the process.
//!
//! - [`model`] says what a job and a schedule are, and how a job goes from state to state;
//! - [`timing`] computes the moments of a schedule;
//! - [`Queue`] keeps both in tables of SQLite: in the catalog of a database directory, or in memory;
//! - [`Runner`] has the threads that run jobs through an [`Execute`], and fires schedules.
//!
//! # The life of a job
//!
//! 1. [`Queue::submit`] inserts it as pending. When it returns, the job is on disk.
//! 2. A thread of a [`Runner`] claims it: its attempt is counted, and the lease is its runner's.
//! 3. [`Execute::execute`] runs the statements. What they change in one transaction is committed together with a
//!    mark of the attempt, so that nobody does it a second time.
//! 4. The end of the attempt decides the next state: see [`model::next_state`].
//! 5. The result stays until its time is over; the row of the job for [`REMEMBERED`] longer.
//!
//! A process that dies leaves running jobs behind. The next one that opens the directory ends their attempts as
//! interrupted, which [`Queue::open`] does before it returns.
//!
//! This crate knows no language: what statements are, and what a result is, its caller knows. It reads the time from
//! a [`Clock`], and chance from a [`Randomness`], so that tests move both.

pub mod model;
pub mod timing;

mod clock;
mod duration;
mod error;
mod queue;
mod results;
mod runner;

pub use clock::{Clock, ManualClock, Randomness, SystemClock, SystemRandomness};
pub use duration::parse_duration;
pub use error::{Error, Result};
pub use queue::{JobFilter, Place, Queue, REMEMBERED, Submitted, Watch};
pub use runner::{Attempt, Execute, Runner, StopReason, Success};

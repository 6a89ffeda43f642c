//! The queue against a naive twin, and schedules under clocks that jump.

mod model;
mod runner;
mod schedules;
mod states;
mod timing;

use std::sync::Arc;

use linal_jobs::{ManualClock, Place, Queue, Randomness};

/// Chance that is none.
struct Fixed;

impl Randomness for Fixed {
    fn fraction(&self) -> f64 {
        0.0
    }
}

/// 2026-12-01 00:00:00 UTC.
const START: i64 = 1_796_083_200_000_000;
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;

/// A queue in memory, and its clock.
fn queue() -> (Queue, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(START));
    (Queue::open(Place::Memory, clock.clone(), Arc::new(Fixed)).unwrap(), clock)
}

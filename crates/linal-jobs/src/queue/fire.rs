//! Schedules fire: each moment becomes a job, once.
//!
//! A moment is on time when a runner was there at it, and looks at it soon after. Others are missed, and their
//! schedule says what happens. `through_us` of a schedule is the last moment that is decided. When the clock goes
//! back, it follows: moments that come again are found in the table of runs, and do not fire a second time.

use chrono::{DateTime, SecondsFormat};
use rusqlite::{Connection, OptionalExtension, params};

use super::Queue;
use super::jobs::{OfSchedule, by_key, insert};
use super::schedules::{all, by_name};
use crate::error::Result;
use crate::model::{Missed, NewJob, NewSchedule, SCHEDULE_KEYS, Schedule};

/// A moment that is looked at later than this is missed, in microseconds: the machine slept, or its clock jumped.
const GRACE_US: i64 = 30_000_000;

/// Missed moments of one schedule that are fired at once, the newest.
const MAX_MISSED: usize = 10_000;

/// Since when somebody watches the moments of schedules, by the clock.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    since_us: i64,
}

impl Watch {
    /// A watch that begins.
    pub fn begin(now_us: i64) -> Watch {
        Watch { since_us: now_us }
    }

    /// Moments up to this one are missed. A clock that went back takes the beginning of the watch with it.
    fn missed_until(&mut self, now_us: i64) -> i64 {
        self.since_us = self.since_us.min(now_us);
        self.since_us.max(now_us.saturating_sub(GRACE_US))
    }
}

/// The moments of a schedule that are to be decided.
struct Due {
    missed: Vec<i64>,
    on_time: Vec<i64>,
    /// The moment up to which they are decided then.
    through: i64,
}

impl Queue {
    /// Fires what is due. Returns the time until the next moment, in microseconds. A schedule that cannot be read
    /// or decided holds up no other.
    ///
    /// # Errors
    /// A catalog that cannot be read or written; the first error of a schedule, when all others are decided.
    pub fn fire(&self, watch: &mut Watch) -> Result<Option<i64>> {
        let now = self.now_us();
        let missed_until = watch.missed_until(now);
        let mut next: Option<i64> = None;
        let mut failed = Ok(());
        for schedule in self.read(all)?.into_iter().filter(|schedule| !schedule.is_paused) {
            if let Some(due) = due(&schedule, missed_until, now) {
                failed = failed.and(self.decide(&schedule, &due, now));
            }
            if let Some(moment) = schedule.definition.timing.next_after(now) {
                next = Some(next.map_or(moment, |known| known.min(moment)));
            }
        }
        failed.map(|()| next.map(|next| next.saturating_sub(now)))
    }

    fn decide(&self, schedule: &Schedule, due: &Due, now: i64) -> Result<()> {
        let has_fired = self.write(|transaction| {
            // It may have been changed since it was read.
            let is_same = by_name(transaction, &schedule.definition.name)?.is_some_and(|known| {
                !known.is_paused
                    && (known.created_us, known.through_us) == (schedule.created_us, schedule.through_us)
            });
            if !is_same {
                return Ok(false);
            }
            let mut has_fired = false;
            for &moment in &due.missed {
                has_fired |= fire(transaction, &schedule.definition, moment, now)?;
            }
            for &moment in &due.on_time {
                has_fired |= on_time(transaction, &schedule.definition, moment, now)?;
            }
            let sql = "UPDATE linal_schedule SET through_us = ?2 WHERE name = ?1";
            transaction.prepare_cached(sql)?.execute(params![schedule.definition.name, due.through])?;
            Ok(has_fired)
        })?;
        if has_fired {
            self.signal().notify();
        }
        Ok(())
    }
}

/// The moments from the last decided one until now; `None` when there is nothing to decide.
fn due(schedule: &Schedule, missed_until: i64, now: i64) -> Option<Due> {
    let timing = &schedule.definition.timing;
    if now < schedule.through_us {
        return Some(Due { missed: Vec::new(), on_time: Vec::new(), through: now });
    }
    let through = timing.last_until(now).filter(|last| *last > schedule.through_us)?;
    let until = missed_until.min(now);
    let mut on_time = Vec::new();
    let mut moment = schedule.through_us.max(until);
    while let Some(next) = timing.next_after(moment).filter(|next| *next <= now) {
        on_time.push(next);
        moment = next;
    }
    Some(Due { missed: missed(schedule, until), on_time, through })
}

/// The missed moments that are to fire, the oldest first.
fn missed(schedule: &Schedule, until: i64) -> Vec<i64> {
    let most = match schedule.definition.missed {
        Missed::Skip => return Vec::new(),
        Missed::Once => 1,
        Missed::All => MAX_MISSED,
    };
    let timing = &schedule.definition.timing;
    let mut moments = Vec::new();
    let mut time = until;
    while moments.len() < most
        && let Some(last) = timing.last_until(time).filter(|last| *last > schedule.through_us)
    {
        moments.push(last);
        time = last.saturating_sub(1);
    }
    moments.reverse();
    moments
}

/// Fires a moment on time, unless the job before has not ended and the schedule neither waits for it nor overlaps.
fn on_time(connection: &Connection, schedule: &NewSchedule, moment: i64, now: i64) -> Result<bool> {
    let (pending, running) = unended(connection, &schedule.name)?;
    let is_passed_over = !schedule.overlap
        && match schedule.missed {
            Missed::Skip => pending || running,
            Missed::Once => pending,
            Missed::All => false,
        };
    if !is_passed_over {
        return fire(connection, schedule, moment, now);
    }
    let sql = "INSERT INTO linal_schedule_run (schedule, scheduled_us, job_id) VALUES (?1, ?2, NULL) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![schedule.name, moment])?;
    Ok(false)
}

/// Whether a schedule has jobs that wait, and jobs that run.
fn unended(connection: &Connection, name: &str) -> Result<(bool, bool)> {
    let sql = "SELECT EXISTS (SELECT 1 FROM linal_job WHERE state = 'pending' AND schedule = ?1), \
               EXISTS (SELECT 1 FROM linal_job WHERE state = 'running' AND schedule = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Submits the job of a moment, unless the moment has fired; returns whether it did now.
fn fire(connection: &Connection, schedule: &NewSchedule, moment: i64, now: i64) -> Result<bool> {
    let sql = "SELECT 1 FROM linal_schedule_run WHERE schedule = ?1 AND scheduled_us = ?2";
    let known =
        connection.prepare_cached(sql)?.query_row(params![schedule.name, moment], |_| Ok(())).optional()?;
    if known.is_some() {
        return Ok(false);
    }
    let key = format!("{SCHEDULE_KEYS}{}/{}", schedule.name, moment_text(moment));
    // A schedule that was dropped and created again finds the job of its predecessor.
    let job = match by_key(connection, schedule.owner.as_deref(), Some(&key))? {
        Some(job) => job.id,
        None => {
            let new = NewJob {
                database: schedule.database.clone(),
                key: Some(key),
                owner: schedule.owner.clone(),
                retries: schedule.retries,
                timeout: schedule.timeout,
                memory_limit: schedule.memory_limit,
                ..NewJob::new(schedule.statements.clone())
            };
            insert(
                connection,
                &new,
                Some(&OfSchedule { name: &schedule.name, is_serial: !schedule.overlap }),
                now,
            )?
        }
    };
    let sql = "INSERT INTO linal_schedule_run (schedule, scheduled_us, job_id) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![schedule.name, moment, job])?;
    Ok(true)
}

/// A moment in a key: ISO 8601 in UTC, with a fraction only where there is one.
fn moment_text(us: i64) -> String {
    let time = DateTime::from_timestamp_micros(us).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::timing::Timing;
    use crate::{ManualClock, Place, SystemRandomness};

    #[test]
    fn a_damaged_schedule_holds_up_no_other() {
        let clock = Arc::new(ManualClock::new(0));
        let queue = Queue::open(Place::Memory, clock.clone(), Arc::new(SystemRandomness)).unwrap();
        for name in ["a", "b", "c"] {
            let new = NewSchedule::new(name, Timing::every("1m").unwrap(), "SELECT 1");
            queue.create_schedule(&new, false).unwrap();
        }
        let spoil = |sql: &str| queue.write(|transaction| Ok(transaction.execute(sql, [])?)).unwrap();
        spoil("UPDATE linal_schedule SET every = 'sometimes' WHERE name = 'a'");
        spoil("UPDATE linal_schedule SET retries = -1 WHERE name = 'b'");
        let mut watch = Watch::begin(0);
        clock.set(60_000_000);
        assert_eq!(queue.fire(&mut watch).unwrap(), Some(60_000_000));
        assert_eq!(queue.runs("c", 9).unwrap().len(), 1);
        assert_eq!(queue.schedules().unwrap().len(), 1);
        for name in ["a", "b"] {
            assert!(queue.schedule(name).is_err());
            assert!(queue.drop_schedule(name, false).unwrap());
        }
        assert!(queue.drop_schedule("a", false).is_err() && !queue.drop_schedule("a", true).unwrap());
    }
}

//! Schedules are created, listed, paused and dropped.

use linal_error::{Code, suggest};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Queue;
use crate::duration::{micros, of_micros};
use crate::error::{Error, Result};
use crate::model::{JobState, Missed, NewSchedule, Run, Schedule};
use crate::timing::Timing;

const COLUMNS: &str = "name, statements, every, cron, zone, database, missed, overlap, timeout_us, memory_limit, \
     retries, owner, is_paused, created_us, through_us";

impl Queue {
    /// Creates a schedule, or replaces the one of its name. It fires moments after now.
    ///
    /// # Errors
    /// `E0211 bad_argument`; `E0315 name_exists` unless it replaces; a catalog that cannot be written.
    pub fn create_schedule(&self, new: &NewSchedule, replaces: bool) -> Result<Schedule> {
        new.check()?;
        let now = self.now_us();
        let schedule = self.write(|transaction| {
            if replaces {
                transaction.execute("DELETE FROM linal_schedule WHERE name = ?1", [&new.name])?;
            } else if by_name(transaction, &new.name)?.is_some() {
                let message = format!("there is a schedule `{}` already", new.name);
                return Err(
                    Error::new(Code::NameExists, message).with_help("CREATE OR REPLACE SCHEDULE replaces it")
                );
            }
            insert(transaction, new, now)?;
            found(transaction, &new.name)
        })?;
        self.signal().notify();
        Ok(self.with_next(schedule))
    }

    /// All schedules by name, without those whose rows cannot be read.
    ///
    /// # Errors
    /// A catalog that cannot be read.
    pub fn schedules(&self) -> Result<Vec<Schedule>> {
        let schedules = self.read(all)?;
        Ok(schedules.into_iter().map(|schedule| self.with_next(schedule)).collect())
    }

    /// A schedule.
    ///
    /// # Errors
    /// `E0304 unknown_name`; a catalog that cannot be read.
    pub fn schedule(&self, name: &str) -> Result<Schedule> {
        self.read(|connection| found(connection, name)).map(|schedule| self.with_next(schedule))
    }

    /// Stops a schedule from firing, or lets it fire again. Moments while it was paused are not missed.
    ///
    /// # Errors
    /// As [`Queue::schedule`]; a catalog that cannot be written.
    pub fn pause_schedule(&self, name: &str, is_paused: bool) -> Result<Schedule> {
        let now = self.now_us();
        let schedule = self.write(|transaction| {
            found(transaction, name)?;
            let sql = "UPDATE linal_schedule SET through_us = iif(is_paused = ?2, through_us, ?3), is_paused = ?2 \
                       WHERE name = ?1";
            transaction.prepare_cached(sql)?.execute(params![name, is_paused, now])?;
            found(transaction, name)
        })?;
        self.signal().notify();
        Ok(self.with_next(schedule))
    }

    /// Drops a schedule with the list of its runs; its jobs stay. Returns whether there was one.
    ///
    /// # Errors
    /// As [`Queue::schedule`], unless a missing one is none; a catalog that cannot be written.
    pub fn drop_schedule(&self, name: &str, if_exists: bool) -> Result<bool> {
        self.write(|transaction| {
            // Not read: one that is damaged can be dropped, too.
            let sql = "SELECT EXISTS (SELECT 1 FROM linal_schedule WHERE name = ?1)";
            if !transaction.query_row(sql, [name], |row| row.get::<_, bool>(0))? {
                return if if_exists { Ok(false) } else { found(transaction, name).map(|_| false) };
            }
            transaction.execute("DELETE FROM linal_schedule WHERE name = ?1", [name])?;
            transaction.execute("DELETE FROM linal_schedule_run WHERE schedule = ?1", [name])?;
            Ok(true)
        })
    }

    /// The moments of a schedule that have fired, the newest first, and at most so many.
    ///
    /// # Errors
    /// As [`Queue::schedule`].
    pub fn runs(&self, name: &str, limit: u64) -> Result<Vec<Run>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            found(connection, name)?;
            let sql = "SELECT scheduled_us, job_id, state FROM linal_schedule_run LEFT JOIN linal_job USING (job_id) \
                       WHERE linal_schedule_run.schedule = ?1 ORDER BY scheduled_us DESC LIMIT ?2";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map(params![name, limit], |row| {
                let state: Option<String> = row.get(2)?;
                let state = state.and_then(|state| JobState::parse(&state));
                Ok(Run { scheduled_us: row.get(0)?, job: row.get(1)?, state })
            })?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    fn with_next(&self, mut schedule: Schedule) -> Schedule {
        let since = self.now_us().max(schedule.through_us);
        schedule.next_us =
            if schedule.is_paused { None } else { schedule.definition.timing.next_after(since) };
        schedule
    }
}

fn insert(connection: &Connection, new: &NewSchedule, now: i64) -> Result<()> {
    let cron = new.timing.cron_text();
    let sql = format!(
        "INSERT INTO linal_schedule ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, ?13, ?13)"
    );
    connection.prepare_cached(&sql)?.execute(params![
        new.name,
        new.statements,
        new.timing.every_text(),
        cron.map(|(text, _)| text),
        cron.map(|(_, zone)| zone),
        new.database,
        new.missed.name(),
        new.overlap,
        new.timeout.map(micros),
        new.memory_limit.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX)),
        new.retries,
        new.owner,
        now
    ])?;
    Ok(())
}

/// The schedules by name. A row that nothing of ours has written is left out: the others go on.
pub(super) fn all(connection: &Connection) -> Result<Vec<Schedule>> {
    let mut select =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM linal_schedule ORDER BY name"))?;
    let mut rows = select.query([])?;
    let mut schedules = Vec::new();
    while let Some(row) = rows.next()? {
        schedules.extend(schedule(row).ok().and_then(Result::ok));
    }
    Ok(schedules)
}

pub(super) fn by_name(connection: &Connection, name: &str) -> Result<Option<Schedule>> {
    let mut select =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM linal_schedule WHERE name = ?1"))?;
    select.query_row([name], schedule).optional()?.transpose()
}

fn found(connection: &Connection, name: &str) -> Result<Schedule> {
    if let Some(schedule) = by_name(connection, name)? {
        return Ok(schedule);
    }
    let error = Error::new(Code::UnknownName, format!("there is no schedule `{name}`"));
    let known = all(connection)?;
    let names = known.iter().map(|schedule| schedule.definition.name.as_str());
    Err(match suggest::did_you_mean(name, names) {
        Some(help) => error.with_help(help),
        None => error,
    })
}

/// A schedule of a row. The outer error is SQLite's; the inner one is a value that nothing of ours has written.
fn schedule(row: &Row<'_>) -> rusqlite::Result<Result<Schedule>> {
    let (every, cron, zone): (Option<String>, Option<String>, Option<String>) =
        (row.get(2)?, row.get(3)?, row.get(4)?);
    let timing = match (&every, &cron) {
        (Some(every), _) => Timing::every(every),
        (None, Some(cron)) => Timing::cron(cron, zone.as_deref()),
        (None, None) => Err(Error::damaged("a schedule")),
    };
    let missed = Missed::parse(&row.get::<_, String>(6)?);
    let (Ok(timing), Some(missed)) = (timing, missed) else { return Ok(Err(Error::damaged("a schedule"))) };
    Ok(Ok(Schedule {
        definition: NewSchedule {
            name: row.get(0)?,
            statements: row.get(1)?,
            timing,
            database: row.get(5)?,
            missed,
            overlap: row.get(7)?,
            timeout: row.get::<_, Option<i64>>(8)?.map(of_micros),
            memory_limit: row.get(9)?,
            retries: row.get(10)?,
            owner: row.get(11)?,
        },
        is_paused: row.get(12)?,
        created_us: row.get(13)?,
        through_us: row.get(14)?,
        next_us: None,
    }))
}

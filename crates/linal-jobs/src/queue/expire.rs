//! What is over: results, and jobs that ended long ago.

use rusqlite::params;

use super::Queue;
use crate::duration::micros;
use crate::error::Result;

/// How long a job is remembered after its result has gone.
pub const REMEMBERED: std::time::Duration = std::time::Duration::from_secs(30 * 86_400);

/// Runs of a schedule that are remembered in any case, so that a clock that jumps does not fire them again.
const RUNS: i64 = 1000;

impl Queue {
    /// Removes results whose time is over, and the rows of jobs and runs that ended long ago.
    ///
    /// # Errors
    /// A catalog or a file that cannot be written.
    pub fn expire(&self) -> Result<()> {
        let now = self.now_us();
        let over = self.read(|connection| {
            let sql = "SELECT job_id FROM linal_job WHERE result = 1 AND ended_us + keep_us <= ?1";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map([now], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<Vec<i64>>>()?)
        })?;
        for job in over {
            self.results().remove(job)?;
            self.write(|transaction| {
                transaction
                    .prepare_cached("UPDATE linal_job SET result = 2 WHERE job_id = ?1")?
                    .execute([job])?;
                Ok(())
            })?;
        }
        self.forget(now.saturating_sub(micros(REMEMBERED)))
    }

    /// Forgets what was over before a time.
    fn forget(&self, before: i64) -> Result<()> {
        let is_any: bool = self.read(|connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM linal_job WHERE result <> 1 AND ended_us + keep_us < ?1)";
            Ok(connection.prepare_cached(sql)?.query_row([before], |row| row.get(0))?)
        })?;
        if !is_any {
            return Ok(());
        }
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "DELETE FROM linal_schedule_run WHERE scheduled_us < ?1 AND (SELECT count(*) FROM linal_schedule_run \
                     AS later WHERE later.schedule = linal_schedule_run.schedule \
                     AND later.scheduled_us > linal_schedule_run.scheduled_us) >= ?2",
                )?
                .execute(params![before, RUNS])?;
            transaction
                .prepare_cached(
                    "DELETE FROM linal_job WHERE result <> 1 AND ended_us + keep_us < ?1 \
                     AND NOT EXISTS (SELECT 1 FROM linal_schedule_run AS run WHERE run.job_id = linal_job.job_id)",
                )?
                .execute([before])?;
            Ok(())
        })
    }
}

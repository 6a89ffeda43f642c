-- Jobs and schedules. The tables are made when jobs are used for the first time: a directory without jobs has none, and a program that
-- does not know them ignores them, so that they need no format version of their own. Times are microseconds since 1970-01-01 UTC.

CREATE TABLE IF NOT EXISTS linal_job (
    job_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,               -- in the order of submission; never given twice
    state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled')),
    database TEXT NOT NULL,             -- by name: the one of that name when the job runs
    statements TEXT NOT NULL,
    priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 9),
    key TEXT,                           -- the same key of the same owner is the same job
    owner TEXT,                         -- name of the token; NULL: who has the directory itself, or anybody where no token is needed
    retries INTEGER NOT NULL CHECK (retries >= 0),
    timeout_us INTEGER,                 -- of an attempt
    memory_limit INTEGER,               -- bytes
    keep_us INTEGER NOT NULL,           -- how long the result stays after the end
    schedule TEXT,                      -- name of the schedule that submitted it
    is_serial INTEGER NOT NULL DEFAULT 0 CHECK (is_serial IN (0, 1)),  -- not while another job of the schedule runs
    attempt INTEGER NOT NULL DEFAULT 0, -- attempts that have begun
    committed INTEGER,                  -- the attempt whose changes are committed, written by that commit
    is_cancelled INTEGER NOT NULL DEFAULT 0 CHECK (is_cancelled IN (0, 1)),  -- somebody has asked to cancel it
    created_us INTEGER NOT NULL,
    eligible_us INTEGER NOT NULL,       -- a pending job does not run before
    started_us INTEGER,                 -- of the last attempt
    ended_us INTEGER,
    runner TEXT,                        -- who runs it
    lease_us INTEGER,                   -- until when the runner has it; the runner moves it on
    error TEXT CHECK (json_valid(error)),
    rows INTEGER,
    result INTEGER NOT NULL DEFAULT 0 CHECK (result IN (0, 1, 2))    -- 0: none; 1: in jobs/<job_id>.arrow; 2: its time is over
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS linal_job_key ON linal_job (coalesce(owner, ''), key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS linal_job_pending ON linal_job (priority DESC, job_id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS linal_job_running ON linal_job (schedule) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS linal_job_result ON linal_job (ended_us) WHERE result = 1;

CREATE TABLE IF NOT EXISTS linal_schedule (
    name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE CHECK (name <> ''),
    statements TEXT NOT NULL,
    every TEXT,                         -- a time such as `5m`
    cron TEXT,                          -- or an expression of 5 or 6 fields
    zone TEXT,                          -- of the expression
    database TEXT NOT NULL,
    missed TEXT NOT NULL CHECK (missed IN ('skip', 'once', 'all')),
    overlap INTEGER NOT NULL CHECK (overlap IN (0, 1)),
    timeout_us INTEGER,
    memory_limit INTEGER,
    retries INTEGER NOT NULL,
    owner TEXT,
    is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
    created_us INTEGER NOT NULL,
    through_us INTEGER NOT NULL,        -- the moments up to this one are decided
    CHECK ((every IS NULL) <> (cron IS NULL))
) STRICT, WITHOUT ROWID;

-- The moments that have fired. That none fires twice is in the primary key, whatever the clock does.
CREATE TABLE IF NOT EXISTS linal_schedule_run (
    schedule TEXT NOT NULL COLLATE NOCASE,
    scheduled_us INTEGER NOT NULL,
    job_id INTEGER,                     -- NULL: passed over, since the job before had not ended
    PRIMARY KEY (schedule, scheduled_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS linal_schedule_run_job ON linal_schedule_run (job_id);

//! `linal jobs run`: works the queue of a database directory off without a server.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use linal::Engine;
use linal::jobs::JobState;

use crate::args::Options;
#[cfg(feature = "server")]
use crate::client::{self, JobRequest, Remote};
use crate::exit::Exit;
use crate::output::report_error;
use crate::{engine_options, output};

/// What is done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsAction {
    /// Run the jobs of a directory until none is left; schedules do not fire meanwhile
    Run(RunOptions),
    /// List the jobs on a server, the newest first
    #[cfg(feature = "server")]
    List {
        /// Those in a state: pending, running, succeeded, failed or cancelled
        #[arg(long, value_name = "STATE", value_parser = JobState::ALL.map(JobState::name))]
        state: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<u64>,
        #[command(flatten)]
        request: JobRequest,
    },
    /// Show a job on a server
    #[cfg(feature = "server")]
    Show {
        /// The job
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Cancel a job on a server
    #[cfg(feature = "server")]
    Cancel {
        /// The job
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Print the result of a job on a server
    #[cfg(feature = "server")]
    Result {
        /// The job
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        request: JobRequest,
    },
}

/// How the queue is worked off.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// The database directory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Jobs that run at once [default: all cores]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Runs a command.
///
/// # Errors
/// Those of standard output.
pub fn run(action: &JobsAction, options: &Options) -> io::Result<Exit> {
    match action {
        JobsAction::Run(run) => work(run, options),
        #[cfg(feature = "server")]
        JobsAction::List { state, limit, request } => {
            client::list_jobs(state.as_deref(), *limit, request, options)
        }
        #[cfg(feature = "server")]
        JobsAction::Show { id, remote } => client::show(remote, &format!("/jobs/{}", client::encoded(id))),
        #[cfg(feature = "server")]
        JobsAction::Cancel { id, remote } => client::cancel_job(remote, id),
        #[cfg(feature = "server")]
        JobsAction::Result { id, request } => client::job_result(id, request, options),
    }
}

/// Runs everything that waits, and says how it ended. That jobs have failed is no failure of the command.
fn work(run: &RunOptions, options: &Options) -> io::Result<Exit> {
    let Some(directory) = run.data.as_ref().or(options.data.as_ref()) else {
        return Ok(report_error("jobs are kept in a database directory: --data DIR names it", Exit::Usage));
    };
    match work_off(directory, run, options) {
        Ok(summary) => writeln!(io::stdout().lock(), "{summary}").map(|()| Exit::Success),
        Err(error) => Ok(output::report_error(&error.to_string(), Exit::Failed)),
    }
}

fn work_off(directory: &std::path::Path, run: &RunOptions, options: &Options) -> linal::Result<String> {
    let engine = Engine::open(directory, engine_options(options))?;
    let queue = engine.jobs()?;
    let ended = |state| -> linal::Result<usize> {
        let filter = linal::jobs::JobFilter { state: Some(state), ..linal::jobs::JobFilter::default() };
        queue
            .jobs(&filter)
            .map(|jobs| jobs.len())
            .map_err(|error| linal::Error::new(error.code(), error.to_string()))
    };
    let before = [ended(JobState::Succeeded)?, ended(JobState::Failed)?];
    let workers = run.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let runner = engine.run_jobs(workers, false)?;
    runner.wait_until_empty().map_err(|error| linal::Error::new(error.code(), error.to_string()))?;
    drop(runner);
    let after = [ended(JobState::Succeeded)?, ended(JobState::Failed)?];
    let [succeeded, failed] = [after[0] - before[0].min(after[0]), after[1] - before[1].min(after[1])];
    Ok(format!("{succeeded} succeeded, {failed} failed"))
}

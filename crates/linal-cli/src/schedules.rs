//! `linal schedules`: the schedules of a server.

use std::io;

use clap::Subcommand;

use crate::args::Options;
use crate::client::{self, JobRequest, Remote};
use crate::exit::Exit;

/// What is done with schedules.
#[derive(Debug, Subcommand)]
pub enum SchedulesAction {
    /// List the schedules
    List {
        #[command(flatten)]
        request: JobRequest,
    },
    /// Show a schedule
    Show(Named),
    /// Stop a schedule from firing
    Pause(Named),
    /// Let a schedule fire again
    Resume(Named),
    /// Drop a schedule; its jobs stay
    Drop(Named),
    /// List the moments that have fired, the newest first
    Runs {
        /// The schedule
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        request: JobRequest,
    },
}

/// A schedule of a server.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// The schedule
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    remote: Remote,
}

/// Runs a command.
///
/// # Errors
/// Those of standard output.
pub fn run(action: &SchedulesAction, options: &Options) -> io::Result<Exit> {
    let path = |name: &str| format!("/schedules/{}", client::encoded(name));
    match action {
        SchedulesAction::List { request } => client::list_schedules(request, options),
        SchedulesAction::Show(named) => client::show(&named.remote, &path(&named.name)),
        SchedulesAction::Pause(named) => client::change(
            &named.remote,
            "POST",
            &format!("{}/pause", path(&named.name)),
            "paused",
            &named.name,
        ),
        SchedulesAction::Resume(named) => client::change(
            &named.remote,
            "POST",
            &format!("{}/resume", path(&named.name)),
            "resumed",
            &named.name,
        ),
        SchedulesAction::Drop(named) => {
            client::change(&named.remote, "DELETE", &path(&named.name), "dropped", &named.name)
        }
        SchedulesAction::Runs { name, request } => client::list_runs(name, request, options),
    }
}

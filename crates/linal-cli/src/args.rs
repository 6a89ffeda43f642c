//! The command line: its definition, and the parsed result.

mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use linal::render::Format;

pub use self::values::format_parser;
use self::values::{assignment, size, threads, time};

use crate::jobs::JobsAction;
#[cfg(feature = "server")]
use crate::{
    client::{QueryOptions, Remote},
    schedules::SchedulesAction,
    serve::ServeOptions,
    token::TokenAction,
};

/// linal: a tensor-first analytical engine.
///
/// Without a command: a prompt on a terminal, else a script from standard input.
#[derive(Debug, Parser)]
#[command(name = "linal", version, max_term_width = 100)]
struct CommandLine {
    /// Run these statements
    #[arg(short = 'c', value_name = "STATEMENTS")]
    command: Option<String>,

    #[command(flatten)]
    options: Options,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run script files, one after the other in one session; `-` is standard input
    Run {
        /// The scripts
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,

        #[command(flatten)]
        options: Options,
    },
    /// The prompt; on anything but a terminal, a script from standard input, as without a command
    Repl {
        #[command(flatten)]
        options: Options,
        #[cfg(feature = "server")]
        #[command(flatten)]
        remote: Remote,
    },
    /// Run statements on a server
    #[cfg(feature = "server")]
    Query {
        #[command(flatten)]
        query: QueryOptions,
    },
    /// Serve databases over HTTP
    #[cfg(feature = "server")]
    Serve {
        #[command(flatten)]
        options: ServeOptions,
    },
    /// Print the whole configuration that `linal serve` would have, as TOML
    #[cfg(feature = "server")]
    Config {
        #[command(flatten)]
        options: ServeOptions,
    },
    /// Tokens of the service; they may be changed while a server runs
    #[cfg(feature = "server")]
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Jobs: run those of a directory, or see to those of a server
    Jobs {
        #[command(subcommand)]
        action: JobsAction,
    },
    /// The schedules of a server
    #[cfg(feature = "server")]
    Schedules {
        #[command(subcommand)]
        action: SchedulesAction,
    },
    /// Verify every file of a database directory; one sentence for each fault, and then the exit code 1
    Check {
        /// The directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Sizes of a database directory by dataset and version, and how DuckDB attaches it
    Info {
        /// The directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Copy a database directory, while another process may write it; the copy opens as a directory
    Backup {
        /// The directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// The copy, which does not exist yet
        #[arg(value_name = "TARGET")]
        target: PathBuf,
    },
}

/// The options, which stand before or after the command and its files.
#[derive(Debug, Default, Args)]
pub struct Options {
    /// How results are printed [default: table]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub format: Option<Format>,

    /// Set a script variable, which `${NAME}` stands for; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,

    /// The database directory, which is created if there is none; without it everything is in memory
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Only read the database directory, which another process may write meanwhile
    #[arg(long, requires = "data")]
    pub read_only: bool,

    /// Go on after a failed statement; the exit code is 1 if any failed
    #[arg(long)]
    pub keep_going: bool,

    /// Tell on standard error how long each statement took
    #[arg(long)]
    pub timing: bool,

    /// Memory that may be used, such as 64MB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory_limit: Option<usize>,

    /// Time that a statement may take, such as 2s or 500ms
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<String>,

    /// Threads that a statement may use [default: all cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,

    /// Elements above which a query runs in partitions; 0 makes the parallel plans of tests on small data
    #[arg(long, value_name = "N", hide = true)]
    pub partition_above: Option<usize>,
}

/// What the command line selects.
#[derive(Debug)]
pub enum Request {
    /// A prompt, or a script from standard input when that is not a terminal.
    Interactive,
    /// The statements of `-c`.
    Command(String),
    /// Script files.
    Run(Vec<PathBuf>),
    /// As without a command.
    Repl,
    /// The prompt over a server.
    #[cfg(feature = "server")]
    RemoteRepl(Remote),
    /// Statements on a server.
    #[cfg(feature = "server")]
    Query(QueryOptions),
    /// The service.
    #[cfg(feature = "server")]
    Serve(ServeOptions),
    /// The configuration of the service.
    #[cfg(feature = "server")]
    Config(ServeOptions),
    /// Tokens of the service.
    #[cfg(feature = "server")]
    Token(TokenAction),
    /// Jobs.
    Jobs(JobsAction),
    /// Schedules of a server.
    #[cfg(feature = "server")]
    Schedules(SchedulesAction),
    /// Verification of a database directory.
    Check(PathBuf),
    /// Sizes of a database directory.
    Info(PathBuf),
    /// A copy of a database directory.
    Backup(PathBuf, PathBuf),
}

impl Options {
    /// These options, with `defaults` where these leave it open. Variables are combined; the later one of a name wins.
    fn or(self, mut defaults: Options) -> Options {
        defaults.set.extend(self.set);
        Options {
            format: self.format.or(defaults.format),
            set: defaults.set,
            data: self.data.or(defaults.data),
            read_only: self.read_only || defaults.read_only,
            keep_going: self.keep_going || defaults.keep_going,
            timing: self.timing || defaults.timing,
            memory_limit: self.memory_limit.or(defaults.memory_limit),
            timeout: self.timeout.or(defaults.timeout),
            threads: self.threads.or(defaults.threads),
            partition_above: self.partition_above.or(defaults.partition_above),
        }
    }
}

/// Parses a command line. Exits with code 2 on an error, and with 0 after `--help` and `--version`.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> (Request, Options) {
    decide(CommandLine::parse_from(arguments)).unwrap_or_else(|error| error.exit())
}

fn decide(line: CommandLine) -> Result<(Request, Options), clap::Error> {
    match (line.command, line.action) {
        (None, None) => Ok((Request::Interactive, line.options)),
        (Some(text), None) => Ok((Request::Command(text), line.options)),
        (None, Some(action)) => Ok(of_action(action, line.options)),
        (Some(_), Some(_)) => {
            let message = "-c and a command cannot be used together";
            Err(CommandLine::command().error(ErrorKind::ArgumentConflict, message))
        }
    }
}

fn of_action(action: Action, defaults: Options) -> (Request, Options) {
    match action {
        Action::Run { files, options } => (Request::Run(files), options.or(defaults)),
        #[cfg(feature = "server")]
        Action::Repl { options, remote } if remote.url.is_some() => {
            (Request::RemoteRepl(remote), options.or(defaults))
        }
        Action::Repl { options, .. } => (Request::Repl, options.or(defaults)),
        #[cfg(feature = "server")]
        Action::Query { query } => (Request::Query(query), defaults),
        #[cfg(feature = "server")]
        Action::Serve { options } => (Request::Serve(options.or(&defaults)), defaults),
        #[cfg(feature = "server")]
        Action::Config { options } => (Request::Config(options.or(&defaults)), defaults),
        #[cfg(feature = "server")]
        Action::Token { action } => (Request::Token(action), defaults),
        Action::Jobs { action } => (Request::Jobs(action), defaults),
        #[cfg(feature = "server")]
        Action::Schedules { action } => (Request::Schedules(action), defaults),
        Action::Check { directory } => (Request::Check(directory), defaults),
        Action::Info { directory } => (Request::Info(directory), defaults),
        Action::Backup { directory, target } => (Request::Backup(directory, target), defaults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let words = std::iter::once("linal").chain(line.split_whitespace());
        let text = match CommandLine::try_parse_from(words).and_then(decide) {
            Ok((request, options)) => format!("{request:?} {:?} {:?}", options.format, options.set),
            Err(error) => error.kind().to_string(),
        };
        assert_eq!(text, expected, "{line}");
    }

    #[test]
    fn options_stand_anywhere() {
        check("", "Interactive None []");
        check("-c X --format csv", "Command(\"X\") Some(Csv) []");
        let run = "Run([\"a\", \"b\"]) Some(Json) [(\"x\", \"1\"), (\"y\", \"a=b\")]";
        check("run a b --format json --set x=1 --set y=a=b", run);
        check("--format json --set x=1 run --set y=a=b a b", run);
        check("--format csv run a --format json --set x=1 b --set y=a=b", run);
    }

    #[test]
    fn wrong_lines() {
        check("run", "one or more required arguments were not provided");
        check("--format xml", "one of the values isn't valid for an argument");
        check("--set 1x=2", "invalid value for one of the arguments");
        check("--timeout soon", "invalid value for one of the arguments");
        check("--threads 0", "invalid value for one of the arguments");
        check("-c X run a", "an argument cannot be used with one or more of the other specified arguments");
    }

    #[test]
    fn definition_is_sound() {
        CommandLine::command().debug_assert();
    }
}

//! How the process ends.

use std::io;
use std::process::ExitCode;

use crate::output;

/// What the exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All statements ran, or nobody wants the rest of the output.
    Success,
    /// A statement failed, or the output could not be written.
    Failed,
    /// The command line was wrong, or a script could not be read.
    Usage,
    /// Ctrl-C ended the script.
    Interrupted,
}

impl Exit {
    /// The number that the caller of the process sees; 130 is what a shell reports for Ctrl-C.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl From<io::Error> for Exit {
    /// A reader that went away (`| head`) has seen enough; any other failed write is an error.
    fn from(error: io::Error) -> Exit {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::Success,
            _ => output::complain(&format!("the output cannot be written: {error}"), Exit::Failed),
        }
    }
}

//! Exit codes.

use std::io;

use crate::output;

/// The meaning of an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All statements succeeded, or the reader of the output has closed it.
    Success,
    /// A statement failed, or the output could not be written.
    Failed,
    /// The command line was invalid, or a script could not be read.
    Usage,
    /// A server could not be reached.
    #[cfg(feature = "server")]
    Unreachable,
    /// Ctrl-C interrupted the script.
    Interrupted,
}

impl Exit {
    /// The numeric code; 130 is what a shell reports for Ctrl-C.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            #[cfg(feature = "server")]
            Exit::Unreachable => 3,
            Exit::Interrupted => 130,
        }
    }
}

impl From<io::Error> for Exit {
    /// A reader that closed the pipe (`| head`) is no error; any other failed write is one.
    fn from(error: io::Error) -> Exit {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::Success,
            _ => output::report_error(&format!("the output cannot be written: {error}"), Exit::Failed),
        }
    }
}

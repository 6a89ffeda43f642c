//! Output of the process: results to standard output, errors and timing to standard error.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::Duration;

use linal::render::{self, Format, RenderOptions, RowRenderer};
use linal::{Error, Outcome, Parameters, Session, Span, Streamed};

use crate::args::Options;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::script::Script;

/// The output of a run.
pub struct Output {
    out: BufWriter<io::StdoutLock<'static>>,
    format: Format,
    interactive: bool,
    colour: bool,
    error_colour: bool,
    timing: bool,
    /// Whether a result was written, which the next one must be separated from.
    begun: bool,
}

impl Output {
    /// The output for the options; `interactive` confirms statements without a result.
    pub fn new(options: &Options, interactive: bool) -> Output {
        Output {
            out: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
            format: options.format.unwrap_or_default(),
            interactive,
            colour: colours(&io::stdout()),
            error_colour: colours(&io::stderr()),
            timing: options.timing,
            begun: false,
        }
    }

    /// Runs a statement. The rows of a query are written as they are made.
    ///
    /// # Errors
    /// The error of the statement, or that of standard output.
    pub fn statement(
        &mut self,
        session: &mut Session,
        source: &str,
        span: Span,
        interrupt: &Interrupt,
    ) -> Result<Streamed, Failure> {
        let options = self.options(session);
        let before: &[u8] = if self.begun && self.format.separates_results() { b"\n" } else { b"" };
        let out = Interruptible { out: &mut self.out, interrupt };
        let mut rows = RowRenderer::new(self.format, options, before, out);
        let result = session.execute_fragment_streamed(source, span, &Parameters::NONE, &mut rows);
        self.begun |= rows.has_begun();
        let notices = match &result {
            Ok(Streamed::Rows { notices, .. }) => notices.as_slice(),
            _ => &[],
        };
        let written = if result.is_ok() { rows.finish(notices) } else { rows.broken() };
        if let Err(error) = written {
            if !interrupt.is_raised() {
                return Err(Failure::Output(error));
            }
            // Ctrl-C has ended the write: what there is stays.
            self.out.write_all(b"\n").map_err(Failure::Output)?;
        }
        self.out.flush().map_err(Failure::Output)?;
        result.map_err(Failure::Statement)
    }

    /// Writes the notices of streamed rows to standard error, unless they stand below them.
    pub fn notices(&self, notices: &[String]) {
        if !self.shows_notices() {
            // Standard error may be closed.
            let _ = render::notice_lines(notices, &mut io::stderr());
        }
    }

    fn options(&self, session: &Session) -> RenderOptions {
        RenderOptions { interactive: self.interactive, colour: self.colour, ..render_options(session) }
    }

    /// Writes and flushes an outcome. Ctrl-C cancels the write.
    ///
    /// # Errors
    /// Those of standard output.
    pub fn outcome(&mut self, outcome: &Outcome, session: &Session, interrupt: &Interrupt) -> io::Result<()> {
        if render::is_result(outcome) {
            if self.begun && self.format.separates_results() {
                self.out.write_all(b"\n")?;
            }
            self.begun = true;
        }
        let options = self.options(session);
        let mut writer = Interruptible { out: &mut self.out, interrupt };
        match render::render(outcome, self.format, &options, &mut writer) {
            Err(_) if interrupt.is_raised() => self.out.write_all(b"\n")?,
            result => result?,
        }
        self.out.flush()?;
        if !self.shows_notices() {
            // Standard error may be closed.
            let _ = render::notices(outcome, &mut io::stderr());
        }
        let _ = render::session_notices(session, &mut io::stderr());
        Ok(())
    }

    /// Whether notices are shown below results: for tables on a terminal, but not for output to a file.
    fn shows_notices(&self) -> bool {
        matches!(self.format, Format::Table | Format::Markdown) && io::stdout().is_terminal()
    }

    /// Writes the error of a statement, after all output before it.
    ///
    /// # Errors
    /// Those of standard output; standard error may be closed.
    pub fn error(&mut self, error: &Error, script: &Script) -> io::Result<()> {
        self.out.flush()?;
        let text = error.render(&script.text, script.name.as_deref(), self.error_colour);
        let _ = io::stderr().write_all(text.as_bytes());
        Ok(())
    }

    /// Writes the time of a statement when the options ask for it.
    pub fn timing(&self, elapsed: Duration) {
        if self.timing {
            let _ = writeln!(io::stderr(), "time: {:.3} ms", elapsed.as_secs_f64() * 1e3);
        }
    }
}

/// Writes an error of the command itself to standard error.
pub fn report_error(message: &str, exit: Exit) -> Exit {
    let _ = writeln!(io::stderr(), "linal: {message}");
    exit
}

/// Whether a stream supports colours and the user wants them.
pub fn colours(stream: &impl IsTerminal) -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !refused && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn render_options(session: &Session) -> RenderOptions {
    let defaults = RenderOptions::default();
    let setting =
        |name: &str, default| session.setting(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    RenderOptions {
        max_rows: setting("max_rows", defaults.max_rows),
        max_width: setting("max_width", defaults.max_width),
        ..defaults
    }
}

/// Why a statement was not written whole.
pub enum Failure {
    /// It failed.
    Statement(Error),
    /// Standard output cannot be written.
    Output(io::Error),
}

/// Fails after Ctrl-C.
struct Interruptible<'a, W> {
    out: &'a mut W,
    interrupt: &'a Interrupt,
}

impl<W: Write> Write for Interruptible<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.interrupt.is_raised() {
            // Not `Interrupted`, after which writers retry.
            Err(io::Error::other("interrupted"))
        } else {
            self.out.write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

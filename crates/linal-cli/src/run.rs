//! Runs the statements of scripts in a session.

use std::io;
use std::time::Instant;

use linal::{Error, Fragment, Session, Streamed, SyntaxError, split};

use crate::args::Options;
use crate::exit::Exit;
use crate::interrupt::{Activity, Interrupt};
use crate::output::{Failure, Output};
use crate::script::Script;

/// Runs scripts in order until a statement fails, or to the end with `--keep-going`.
///
/// # Errors
/// Those of the output.
pub fn scripts(
    scripts: &[Script],
    session: &mut Session,
    options: &Options,
    output: &mut Output,
    interrupt: &Interrupt,
) -> io::Result<Exit> {
    let mut exit = Exit::Success;
    for script in scripts {
        match self::script(script, session, options.keep_going, output, interrupt)? {
            Exit::Success => {}
            Exit::Failed if options.keep_going => exit = Exit::Failed,
            end => return Ok(end),
        }
    }
    Ok(exit)
}

/// Runs the statements of one script.
///
/// # Errors
/// Those of the output.
pub fn script(
    script: &Script,
    session: &mut Session,
    keep_going: bool,
    output: &mut Output,
    interrupt: &Interrupt,
) -> io::Result<Exit> {
    let mut exit = Exit::Success;
    for fragment in split(&script.text) {
        interrupt.enter(Activity::Statement);
        let result = statement(script, fragment, session, output, interrupt)?;
        interrupt.enter(Activity::Other);
        let failed = match result {
            Ok(()) => false,
            Err(error) => {
                output.error(&error, script)?;
                true
            }
        };
        if interrupt.is_raised() {
            return Ok(Exit::Interrupted);
        }
        if failed {
            exit = Exit::Failed;
            if !keep_going {
                break;
            }
        }
    }
    Ok(exit)
}

/// Runs a statement and writes its outcome. The outer result fails only when the write does.
fn statement(
    script: &Script,
    fragment: Result<Fragment, SyntaxError>,
    session: &mut Session,
    output: &mut Output,
    interrupt: &Interrupt,
) -> io::Result<linal::Result<()>> {
    let fragment = match fragment {
        Ok(fragment) => fragment,
        Err(error) => return Ok(Err(Error::from(error))),
    };
    let start = Instant::now();
    let result = output.statement(session, &script.text, fragment.span, interrupt);
    let elapsed = start.elapsed();
    let written = match result {
        Ok(Streamed::Outcome(outcome)) => {
            output.outcome(&outcome, session, interrupt)?;
            Ok(())
        }
        Ok(Streamed::Rows { notices, .. }) => {
            output.notices(&notices);
            Ok(())
        }
        Err(Failure::Statement(error)) => Err(error),
        Err(Failure::Output(error)) => return Err(error),
    };
    output.timing(elapsed);
    Ok(written)
}

//! The times of a case.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use linal::render::{Format, RenderOptions, render};
use linal::{Outcome, Session};

use crate::Result;
use crate::case::Case;
use crate::host::Host;

/// The times and answers of a case.
pub(crate) struct Measured {
    /// Time per run; for a batch, its mean.
    pub nanoseconds: Vec<f64>,
    pub rows: Option<String>,
    pub checks: Vec<String>,
}

/// Runs a case: setup, one warm-up run unless it is cold, checks, and the timed runs.
pub(crate) fn measure(host: &mut Host, case: &Case) -> Result<Measured> {
    if !case.opens {
        set_up(host.session()?, case)?;
    }
    let mut others = Vec::new();
    if case.sessions > 1 {
        others = (0..case.sessions).map(|_| host.another_session()).collect::<Result<Vec<_>>>()?;
    }

    let mut measured = Measured { nanoseconds: Vec::new(), rows: None, checks: Vec::new() };
    let mut number = 0;
    for timed in u64::from(case.cold)..=case.repeat {
        let warms_up = timed == 0;
        let batch = if warms_up { 1 } else { case.batch };
        let runs = batch * case.sessions;
        let (time, outcome) = if others.is_empty() {
            one_session(host, case, number, batch)?
        } else {
            (several_sessions(&mut others, case, number, batch)?, None)
        };
        number += runs;
        if !warms_up {
            measured.nanoseconds.push(time.as_secs_f64() * 1e9 / runs as f64);
        }
        if timed == u64::from(case.cold) {
            measured.rows = outcome.filter(|_| case.rows).map(|outcome| csv(&outcome)).transpose()?;
            let session = host.session()?;
            measured.checks =
                case.checks.iter().map(|check| csv(&session.execute(check)?)).collect::<Result<_>>()?;
        }
    }
    Ok(measured)
}

fn set_up(session: &mut Session, case: &Case) -> Result<()> {
    for statement in &case.setup {
        session.execute(statement)?;
    }
    Ok(())
}

/// The time of a batch of the shared session, and its last result, which is dropped when the clock has stopped; the
/// other results are dropped within it. The setup of a case that opens the directory comes between opening and run.
fn one_session(host: &mut Host, case: &Case, number: u64, batch: u64) -> Result<(Duration, Option<Outcome>)> {
    let mut opening = Duration::ZERO;
    if case.opens {
        host.close();
        let start = Instant::now();
        let session = host.session()?;
        opening = start.elapsed();
        set_up(session, case)?;
    }
    let session = host.session()?;
    let numbered = if case.numbered { case.statements(number, batch) } else { Vec::new() };
    let mut outcome = None;
    let start = Instant::now();
    if case.numbered {
        for statement in &numbered {
            outcome = Some(session.execute(statement)?);
        }
    } else {
        for _ in 0..batch {
            for statement in &case.run {
                outcome = Some(session.execute(statement)?);
            }
        }
    }
    Ok((opening + start.elapsed(), outcome))
}

/// The time in which all sessions run their batches at once.
fn several_sessions(sessions: &mut [Session], case: &Case, number: u64, batch: u64) -> Result<Duration> {
    let begin = Barrier::new(sessions.len() + 1);
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (session, at) in sessions.iter_mut().zip(0..) {
            let statements = case.statements(number + at * batch, batch);
            let begin = &begin;
            running.push(scope.spawn(move || {
                begin.wait();
                statements.iter().try_for_each(|statement| session.execute(statement).map(drop))
            }));
        }
        begin.wait();
        let start = Instant::now();
        for session in running {
            session.join().map_err(|_| "a session has panicked")??;
        }
        Ok(start.elapsed())
    })
}

/// A result as CSV.
fn csv(outcome: &Outcome) -> Result<String> {
    let mut text = Vec::new();
    render(outcome, Format::Csv, &RenderOptions::default(), &mut text)?;
    Ok(String::from_utf8(text)?)
}

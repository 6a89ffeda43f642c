//! `text/plain`: what the command line prints.

use std::io::{self, Write};

use linal::Outcome;
use linal::render::{Format, render};

use super::Told;
use super::json::Kept;

/// The tables.
#[derive(Debug, Default)]
pub struct Table {
    kept: Kept,
}

impl Table {
    pub(super) fn outcome(
        &mut self,
        outcome: Outcome,
        told: &Told<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.kept.push(&outcome);
        (told.poll)()?;
        render(&outcome, Format::Table, told.options, out)?;
        told.notices.iter().try_for_each(|notice| writeln!(out, "note: {notice}"))
    }

    pub(super) fn kept_mut(&mut self) -> &mut Kept {
        &mut self.kept
    }

    pub(super) fn kept(self) -> Kept {
        self.kept
    }
}

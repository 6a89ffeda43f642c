//! The progress bar of a long read.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use linal::Progress;

/// Delay before the bar is shown: for shorter reads it would only flicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, shown for a read that takes more than a second.
#[derive(Debug, Default)]
pub struct Bar(Mutex<Option<Reading>>);

/// A read in progress.
#[derive(Debug)]
struct Reading {
    what: String,
    total: Option<u64>,
    done: u64,
    start: Instant,
    /// The bar, once the delay has passed.
    bar: Option<ProgressBar>,
}

impl Bar {
    fn with(&self, change: impl FnOnce(&mut Option<Reading>)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn start(&self, what: &str, total_bytes: Option<u64>) {
        self.with(|reading| {
            let what = what.to_owned();
            *reading = Some(Reading { what, total: total_bytes, done: 0, start: Instant::now(), bar: None });
        });
    }

    fn advance(&self, bytes: u64) {
        self.with(|reading| {
            if let Some(reading) = reading {
                reading.advance(bytes);
            }
        });
    }

    fn finish(&self) {
        self.with(|reading| {
            if let Some(bar) = reading.take().and_then(|reading| reading.bar) {
                bar.finish_and_clear();
            }
        });
    }

    /// The session cancels its readers itself.
    fn should_stop(&self) -> bool {
        false
    }
}

impl Reading {
    fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        if self.bar.is_none() && self.start.elapsed() >= PATIENCE {
            self.bar = Some(bar(&self.what, self.total));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
    }
}

fn bar(what: &str, total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{msg} [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {bytes}, {bytes_per_sec}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.with_message(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bar: &Bar) -> Option<(u64, bool)> {
        bar.0.lock().unwrap().as_ref().map(|reading| (reading.done, reading.bar.is_some()))
    }

    #[test]
    fn short_reads_are_silent() {
        let bar = Bar::default();
        bar.advance(1);
        bar.start("a.npy", Some(100));
        bar.advance(60);
        assert_eq!(shown(&bar), Some((60, false)));
        bar.finish();
        assert_eq!(shown(&bar), None);
    }

    #[test]
    fn long_reads_are_shown() {
        let bar = Bar::default();
        bar.start("a.npy", None);
        bar.with(|reading| {
            if let Some(reading) = reading {
                reading.start -= PATIENCE;
            }
        });
        bar.advance(1);
        assert_eq!(shown(&bar), Some((1, true)));
    }
}

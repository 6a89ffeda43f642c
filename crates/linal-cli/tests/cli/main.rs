//! The command: arguments, streams, exit codes, signals.

mod arguments;
mod formats;
mod interrupts;
mod jobs;
mod serve;
mod streams;
mod support;

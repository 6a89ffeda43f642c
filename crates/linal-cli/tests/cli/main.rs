//! The command: arguments, streams, exit codes, signals.

mod arguments;
mod formats;
mod interrupts;
mod streams;
mod serve;
mod support;

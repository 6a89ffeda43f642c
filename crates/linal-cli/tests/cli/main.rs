//! The command: arguments, streams, exit codes, signals.

mod arguments;
mod formats;
mod interrupts;
mod serve;
mod streams;
mod support;

//! The command as its users meet it: arguments, streams, exit codes, signals.

mod arguments;
mod formats;
mod interrupts;
mod streams;
mod support;

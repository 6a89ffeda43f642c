//! The compiled half of the Python package `linal`; the other half is Python, beside it.
//!
//! A statement runs like this: [`connection`] takes its text; [`statement`] runs it at once when it is known to be
//! [`short`], and else gives it to the [`worker`] thread of the connection and polls for signals ([`wait`]). Rows come back through a
//! [`pipe`] and are read from [`rows`]; [`objects`] and [`cell`] make Python values of them. [`tensor`] lends the memory of tensors
//! to Python, and [`import`] takes arrays and columns in; neither copies where the promises of both sides allow
//! that. [`error`] makes exceptions.
//!
//! No language logic and no text for users is here: names, relations, displays and DB-API are Python.

#![allow(unsafe_code)] // The buffer protocol, DLPack and memory of other owners; each use says why it is sound.

mod cell;
mod connection;
mod dlpack;
mod error;
mod function;
mod import;
mod joined;
mod objects;
mod parameters;
mod pipe;
mod progress;
mod rows;
mod shared;
mod short;
mod statement;
mod tensor;
mod wait;
mod worker;

use std::ffi::OsString;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _linal {
    #[pymodule_export]
    use super::connection::Connection;
    #[pymodule_export]
    use super::import::columns;
    #[pymodule_export]
    use super::rows::Rows;
    #[pymodule_export]
    use super::tensor::Array;
    #[pymodule_export]
    use super::{functions, main, statements, version};
}

/// Runs the command line; the first argument is the name of the program. Returns the exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| linal_cli::main(arguments))
}

/// The statements of a script, as ranges of its UTF-8 bytes.
#[pyfunction]
fn statements(py: Python<'_>, script: &str) -> PyResult<Vec<(usize, usize)>> {
    let mut spans = Vec::new();
    for fragment in linal::split(script) {
        let fragment = fragment.map_err(|mistake| error::raise(py, &mistake.into(), script, None))?;
        spans.push((fragment.span.start, fragment.span.end));
    }
    Ok(spans)
}

/// The names of all functions of the language.
#[pyfunction]
fn functions() -> Vec<String> {
    linal::Session::functions().iter().map(|function| function.name.to_string()).collect()
}

/// The version of linal.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

//! Errors of the engine as Python exceptions, whose classes are in `linal/_errors.py`.

use linal::{Error, LineIndex};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static OF_ENGINE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception of an error. Its span counts from the start of `source`; `at` is the statement, when the error says
/// nothing more precise.
pub fn raise(py: Python<'_>, error: &Error, source: &str, at: Option<linal::Span>) -> PyErr {
    let error = match at {
        Some(span) => error.clone().at(span),
        None => error.clone(),
    };
    make(py, &error, source).unwrap_or_else(|failure| failure)
}

fn make(py: Python<'_>, error: &Error, source: &str) -> PyResult<PyErr> {
    let span = error.span();
    let position = span.map(|span| LineIndex::new(source).position(span.start, source));
    let rendered = error.render(source, None, false);
    let arguments = (
        error.code().number(),
        error.code().name(),
        rendered.trim_end(),
        error.message(),
        position.map(|position| position.line),
        position.map(|position| position.column),
        error.help(),
        span.map(|span| span.text(source)),
    );
    let class = OF_ENGINE.import(py, "linal._errors", "of_engine")?;
    Ok(PyErr::from_value(class.call1(arguments)?))
}

/// The exception of a mistake in the arguments of a call, with the code of the engine's error of that kind.
pub fn mistake(py: Python<'_>, code: linal::Code, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(code, message), "", None)
}

/// A bug: something that cannot fail has failed.
pub fn bug(message: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(format!("a bug in linal: {message}"))
}

//! Statements with parameters: those of the API, and those that PREPARE names.

use std::collections::BTreeMap;

use linal_bind::binder::array_tensor;
use linal_bind::{Parameter, Parameters};
use linal_dataset::{Error, Result};
use linal_error::{Code, suggest};
use linal_lang::Span;
use linal_lang::ast::{NumberArray, Numbers};

use super::Session;
use crate::outcome::Outcome;

/// The numbers of a list, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberList {
    /// Integers only.
    Ints(Vec<i64>),
    /// Any numbers.
    Floats(Vec<f64>),
}

/// A statement of PREPARE.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The name as written.
    pub name: Box<str>,
    /// The statement.
    pub text: Box<str>,
}

/// The statements of PREPARE, by lower-case name.
#[derive(Debug, Default)]
pub(crate) struct PreparedStatements(BTreeMap<String, Prepared>);

impl PreparedStatements {
    /// Adds a statement; one of the same name is replaced.
    pub fn insert(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_lowercase(), Prepared { name: name.into(), text: text.into() });
    }

    /// The statement of a name.
    ///
    /// # Errors
    /// `E0304 unknown_name`, with the nearest one.
    pub fn get(&self, name: &str) -> Result<&Prepared> {
        self.0.get(&name.to_lowercase()).ok_or_else(|| self.unknown(name))
    }

    /// Removes a statement.
    ///
    /// # Errors
    /// As [`PreparedStatements::get`].
    pub fn remove(&mut self, name: &str) -> Result<()> {
        match self.0.remove(&name.to_lowercase()) {
            Some(_) => Ok(()),
            None => Err(self.unknown(name)),
        }
    }

    /// Removes all; returns their number.
    pub fn clear(&mut self) -> usize {
        std::mem::take(&mut self.0).len()
    }

    fn unknown(&self, name: &str) -> Error {
        let error = Error::new(Code::UnknownName, format!("there is no prepared statement `{name}`"));
        let known = self.0.values().map(|prepared| &*prepared.name);
        let help = suggest::did_you_mean(name, known)
            .unwrap_or_else(|| format!("`PREPARE {name} AS ...` makes one for this session"));
        error.with_help(help)
    }
}

impl Session {
    /// Executes one statement with the values of its parameters `$1` or `$name`. They are values of the
    /// statement and never become part of its text. Values that the statement does not name are ignored.
    ///
    /// # Errors
    /// As [`Session::execute`]; `E0123 missing_parameter` for one without a value.
    pub fn execute_with(&mut self, text: &str, parameters: &Parameters) -> Result<Outcome> {
        if parameters.is_empty() {
            return self.execute(text);
        }
        self.execute_guarded(|session| session.run_with(parameters.clone(), |session| session.run(text)))
    }

    /// Executes one statement of a script with parameters.
    ///
    /// # Errors
    /// As [`Session::execute_with`], with a span relative to the script.
    pub fn execute_fragment_with(
        &mut self,
        source: &str,
        span: Span,
        parameters: &Parameters,
    ) -> Result<Outcome> {
        self.execute_with(span.text(source), parameters).map_err(|error| {
            error.map_span(|inner| Span::new(inner.start + span.start, inner.end + span.start)).at(span)
        })
    }

    /// The statement that PREPARE has given a name; `None` without one of the name.
    pub fn prepared_text(&self, name: &str) -> Option<String> {
        self.prepared.get(name).ok().map(|prepared| prepared.text.to_string())
    }

    /// A parameter of a list of numbers, such as one of JSON: it has the elements and the dtype of a literal list of
    /// this session. `shape` has the lengths of its axes.
    ///
    /// # Errors
    /// A list beyond the memory limit; lengths that do not fit the numbers.
    pub fn number_list(&self, shape: &[usize], numbers: NumberList) -> Result<Parameter> {
        let data = match numbers {
            NumberList::Ints(values) => Numbers::Int(values),
            NumberList::Floats(values) => Numbers::Float(values.into()),
        };
        let array = NumberArray { shape: shape.to_vec(), data };
        let dtype = self.settings.default_dtype;
        Ok(Parameter::Tensor(array_tensor(&array, dtype, self.context.pool())?))
    }

    /// Runs `run` with these parameters in place of those of the statement.
    pub(crate) fn run_with<T>(&mut self, parameters: Parameters, run: impl FnOnce(&mut Session) -> T) -> T {
        let before = std::mem::replace(&mut self.parameters, parameters);
        let result = run(self);
        self.parameters = before;
        result
    }
}

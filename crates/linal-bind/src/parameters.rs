//! The values of the parameters `$1` and `$name` of a statement.

use linal_dataset::{Error, Result};
use linal_error::{Code, suggest};
use linal_tensor::Tensor;

/// The value of a parameter. A scalar acts as the literal of its kind would: it takes the type that its place asks for.
#[derive(Clone, Debug)]
pub enum Parameter {
    /// NULL.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number; NaN and the infinities, too.
    Float(f64),
    /// A text.
    Text(Box<str>),
    /// A decimal number as its digits, such as `-12.50`.
    Decimal(Box<str>),
    /// A date as an ISO 8601 text.
    Date(Box<str>),
    /// A point in time as an ISO 8601 text.
    Timestamp(Box<str>),
    /// A time of day as an ISO 8601 text.
    Time(Box<str>),
    /// An interval as PostgreSQL writes it, such as `3 days 5 seconds`.
    Interval(Box<str>),
    /// Bytes; tensor statements have no such value.
    Blob(Box<[u8]>),
    /// A tensor; of rank 0 it is a number of exactly its dtype.
    Tensor(Tensor),
}

/// The parameters of one statement.
#[derive(Clone, Debug)]
pub enum Parameters {
    /// Those of `$1`, `$2`, ...
    Positional(Vec<Parameter>),
    /// Those of `$name`, without the `$`. Names are compared without regard to case.
    Named(Vec<(String, Parameter)>),
}

impl Parameters {
    /// No parameters.
    pub const NONE: Parameters = Parameters::Positional(Vec::new());

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        match self {
            Parameters::Positional(values) => values.is_empty(),
            Parameters::Named(values) => values.is_empty(),
        }
    }

    /// The value of a parameter by its name without the `$`.
    ///
    /// # Errors
    /// `E0123 missing_parameter`: no such parameter was given.
    pub fn get(&self, name: &str) -> Result<&Parameter> {
        let found = match self {
            Parameters::Positional(values) => position(name).and_then(|at| values.get(at)),
            Parameters::Named(values) => {
                values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            }
        };
        found.ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> Error {
        let error = Error::new(Code::MissingParameter, format!("the parameter `${name}` has no value"));
        let help = match self {
            Parameters::Positional(values) if position(name).is_some() => match values.len() {
                0 => "the statement was run without parameters".to_owned(),
                1 => "1 parameter was given".to_owned(),
                count => format!("{count} parameters were given"),
            },
            Parameters::Positional(values) if values.is_empty() => {
                format!(
                    "the statement was run without parameters; a script variable is written `${{{name}}}`"
                )
            }
            Parameters::Positional(_) => "the parameters were given by position: `$1`, `$2`".to_owned(),
            Parameters::Named(values) => {
                let names = values.iter().map(|(known, _)| known.as_str());
                match suggest::nearest(name, names) {
                    Some(near) => suggest::meant(format!("${near}")),
                    None => {
                        let known: Vec<String> =
                            values.iter().map(|(known, _)| format!("`${known}`")).collect();
                        format!("these were given: {}", known.join(", "))
                    }
                }
            }
        };
        error.with_help(help)
    }
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters::NONE
    }
}

/// The position of `$n`, counted from 0.
fn position(name: &str) -> Option<usize> {
    name.parse::<usize>().ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_position_or_name() {
        let positional = Parameters::Positional(vec![Parameter::Int(7), Parameter::Null]);
        assert!(matches!(positional.get("1"), Ok(Parameter::Int(7))));
        for wrong in ["0", "3", "x"] {
            let error = positional.get(wrong).unwrap_err();
            assert!(error.is(Code::MissingParameter), "{wrong}");
        }
        let named = Parameters::Named(vec![("Limit".to_owned(), Parameter::Int(3))]);
        assert!(matches!(named.get("limit"), Ok(Parameter::Int(3))));
        let error = named.get("limt").unwrap_err();
        assert!(error.help().is_some_and(|help| help.contains("$Limit")), "{error:?}");
    }
}

//! The values of parameters as the engine takes them.

use linal::{NumberList, Parameters, Session};

use super::{Checked, Parameter};

impl Checked {
    /// The parameters of the engine. A list acts as a literal list would: its numbers have the dtype of the session's literals.
    ///
    /// # Errors
    /// A list that the memory limit does not allow.
    pub fn into_engine(self, session: &Session) -> linal::Result<Parameters> {
        Ok(match self {
            Checked::Positional(values) => {
                let values = values.into_iter().map(|value| value.into_engine(session));
                Parameters::Positional(values.collect::<linal::Result<_>>()?)
            }
            Checked::Named(values) => {
                let values = values.into_iter().map(|(name, value)| Ok((name, value.into_engine(session)?)));
                Parameters::Named(values.collect::<linal::Result<_>>()?)
            }
        })
    }
}

impl Parameter {
    fn into_engine(self, session: &Session) -> linal::Result<linal::Parameter> {
        Ok(match self {
            Parameter::Null => linal::Parameter::Null,
            Parameter::Bool(value) => linal::Parameter::Bool(value),
            Parameter::Int(value) => linal::Parameter::Int(value),
            Parameter::Float(value) => linal::Parameter::Float(value),
            Parameter::Text(text) => linal::Parameter::Text(text.into()),
            Parameter::Ints(shape, values) => session.number_list(&shape, NumberList::Ints(values))?,
            Parameter::Floats(shape, values) => session.number_list(&shape, NumberList::Floats(values))?,
        })
    }
}

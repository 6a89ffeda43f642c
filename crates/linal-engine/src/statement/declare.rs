//! `VECTOR v = [...]`, `MATRIX m = [[...]]`.

use linal_lang::ast::{Declare, Ident, Numbers};
use linal_tensor::DType;

use super::let_::{origin, publish};
use crate::bind::array_tensor;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, declare: &Declare) -> Result<Outcome> {
    let dtype = declared_dtype(session, declare.dtype.as_ref(), &declare.values.data)?;
    let tensor = array_tensor(&declare.values, dtype, &session.pool).map_err(|e| e.at(declare.values_span))?;
    let kind = format!("{:?}", declare.kind).to_uppercase();
    let origin_text = format!("{kind} {dtype} {}", tensor.shape());
    let variable = origin(&declare.name, origin_text, tensor, false);
    let target = session.variables.slot(&declare.name.name);
    Ok(publish(session, target, variable, false))
}

/// The dtype that was named; without a name truth values stay what they are and numbers have the default dtype.
pub(super) fn declared_dtype(session: &Session, word: Option<&Ident>, values: &Numbers) -> Result<DType> {
    match word {
        Some(word) => word.name.parse().map_err(|_| {
            let message = format!("`{}` is no dtype", word.name);
            let error = Error::new("E0314", "unknown_dtype", message).at(word.span);
            error.with_help("the dtypes are f32, f64, i64, bool, c64 and c128")
        }),
        None if matches!(values, Numbers::Bool(_)) => Ok(DType::Bool),
        None => Ok(session.settings.default_dtype),
    }
}

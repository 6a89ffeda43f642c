//! `VECTOR v = [...]`, `MATRIX m = [[...]]`.

use linal_bind::binder::{array_tensor, dtype_of, unknown_dtype};
use linal_dataset::Result;
use linal_lang::ast::{Declare, Ident, Numbers};
use linal_tensor::DType;

use super::let_::{origin, publish};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, declare: &Declare) -> Result<Outcome> {
    let dtype = declared_dtype(session, declare.dtype.as_ref(), &declare.values.data)?;
    let tensor =
        array_tensor(&declare.values, dtype, &session.pool).map_err(|e| e.at(declare.values_span))?;
    let kind = format!("{:?}", declare.kind).to_uppercase();
    let origin_text = format!("{kind} {dtype} {}", tensor.shape());
    let variable = origin(&declare.name, origin_text, tensor, false);
    let target = session.variables.slot(&declare.name.name);
    Ok(Outcome::Defined(publish(session, target, variable, false)))
}

/// The declared dtype. Without one, Booleans stay Booleans and numbers have the default dtype.
pub(super) fn declared_dtype(session: &Session, word: Option<&Ident>, values: &Numbers) -> Result<DType> {
    match word {
        Some(word) => dtype_of(&word.name).ok_or_else(|| unknown_dtype(&word.name).at(word.span)),
        None if matches!(values, Numbers::Bool(_)) => Ok(DType::Bool),
        None => Ok(session.settings.default_dtype),
    }
}

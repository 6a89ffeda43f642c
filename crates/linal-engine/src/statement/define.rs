//! `DEFINE t AS [STRICT] TENSOR [dtype] [dims] VALUES [...]`.

use linal_bind::binder::array_tensor;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::ast::{Define, NumberArray};
use linal_tensor::Shape;

use super::declare::declared_dtype;
use super::let_::{origin, publish};
use crate::outcome::Outcome;
use crate::session::Session;

pub(super) fn run(session: &mut Session, define: &Define) -> Result<Outcome> {
    let shape = Shape::new(&define.dims);
    let count = define.values.data.len();
    if shape.checked_len() != Some(count) {
        let wanted = shape
            .checked_len()
            .map_or("more values than can be".to_string(), |n| linal_dataset::count(n, "value"));
        let are = if count == 1 { "is" } else { "are" };
        let message = format!("shape {shape} takes {wanted}, and {count} {are} given");
        return Err(Error::new(Code::WrongCount, message).at(define.values_span));
    }
    let dtype = declared_dtype(session, define.dtype.as_ref(), &define.values.data)?;
    let flat = NumberArray { shape: define.dims.clone(), data: define.values.data.clone() };
    let tensor = array_tensor(&flat, dtype, &session.pool).map_err(|e| e.at(define.values_span))?;
    let strict = if define.strict { "STRICT " } else { "" };
    let variable = origin(&define.name, format!("{strict}TENSOR {dtype} {shape}"), tensor, define.strict);
    let target = session.variables.slot(&define.name.name);
    Ok(Outcome::Defined(publish(session, target, variable, false)))
}

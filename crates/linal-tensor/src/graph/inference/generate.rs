//! Generators.

use super::Operands;
use crate::kernel::generate::Generator;
use crate::{Error, Result};

/// Checks the dtype, and returns the shape and dtype of the result.
///
/// # Errors
/// A dtype that the generator does not support; an end of `LINSPACE` that is not finite.
pub(super) fn generate(generator: &Generator) -> Result<Operands> {
    let dtype = generator.dtype();
    let rule = match generator {
        Generator::Eye { .. } => None,
        Generator::Arange { .. } => dtype.is_complex().then_some("real numbers"),
        _ => (!dtype.is_float()).then_some("f32 or f64"),
    };
    if let Some(rule) = rule {
        return Err(Error::DTypeMismatch { operation: generator.name(), found: dtype, rule });
    }
    if let Generator::Linspace { start, stop, .. } = generator
        && !(start.is_finite() && stop.is_finite())
    {
        return Err(Error::argument("LINSPACE", format!("the ends {start:?} and {stop:?} must be finite")));
    }
    Ok(Operands { inputs: Vec::new(), shape: generator.shape(), dtype })
}

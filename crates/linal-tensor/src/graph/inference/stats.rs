//! Quantiles and histograms.

use super::Operands;
use super::sort::check_real;
use crate::graph::{NodeRef, cast};
use crate::{DType, Error, Result, Shape};

/// Checks the values, and casts the fractions.
///
/// # Errors
/// Complex numbers; no values.
pub(super) fn quantile(inputs: &[NodeRef]) -> Result<Operands> {
    let (values, fractions) = (&inputs[0], &inputs[1]);
    check_real("QUANTILE", values)?;
    if values.shape().is_empty() {
        return Err(Error::BadShape {
            operation: "QUANTILE",
            found: values.shape().clone(),
            rule: "at least one element",
        });
    }
    check_real("QUANTILE", fractions)?;
    let fractions = cast(fractions, DType::F64)?;
    let shape = fractions.shape().clone();
    Ok(Operands { inputs: vec![values.clone(), fractions], shape, dtype: DType::F64 })
}

/// Checks the values and the number of bins.
///
/// # Errors
/// Complex numbers; no bins.
pub(super) fn histogram(operation: &'static str, bins: usize, inputs: &[NodeRef]) -> Result<Operands> {
    check_real(operation, &inputs[0])?;
    if bins == 0 || bins == usize::MAX {
        return Err(Error::argument(
            operation,
            format!("the number of bins is {bins}: it must be 1 or more, and fit into memory"),
        ));
    }
    let (len, dtype) = match operation {
        "HISTOGRAM_EDGES" => (bins + 1, DType::F64),
        _ => (bins, DType::I64),
    };
    Ok(Operands { inputs: vec![inputs[0].clone()], shape: Shape::new(&[len]), dtype })
}

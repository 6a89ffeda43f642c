//! Signal functions.

use super::Operands;
use crate::graph::{NodeRef, cast};
use crate::kernel::signal::{SignalOp, signal_error};
use crate::signal::{self, SignalError};
use crate::{DType, Error, Result, Shape};

/// Checks the operands, casts them to the dtype of the function, and computes the shape and dtype of the
/// result.
pub(super) fn signal(op: &SignalOp, inputs: &[NodeRef]) -> Result<Operands> {
    let (rank, dtype) = match op {
        SignalOp::Ifft { .. } => (2, DType::F64),
        SignalOp::FftComplex | SignalOp::IfftComplex => (1, DType::C128),
        _ => (1, DType::F64),
    };
    let mut operands = Vec::with_capacity(inputs.len());
    for input in inputs {
        if input.shape().rank() != rank {
            let rule = match (rank, inputs.len()) {
                (1, 1) => "a vector",
                (1, _) => "two vectors",
                _ => "a spectrum of shape [2, bins]",
            };
            return Err(Error::BadShape { operation: op.name(), found: input.shape().clone(), rule });
        }
        if input.dtype().is_complex() && dtype == DType::F64 {
            return Err(Error::DTypeMismatch {
                operation: op.name(),
                found: input.dtype(),
                rule: "real numbers",
            });
        }
        operands.push(cast(input, dtype)?);
    }
    let shape = result_shape(op, &operands).map_err(|error| signal_error(op.name(), error))?;
    let dtype = match op {
        SignalOp::FftComplex | SignalOp::IfftComplex => DType::C128,
        _ => DType::F64,
    };
    Ok(Operands { inputs: operands, shape, dtype })
}

fn result_shape(op: &SignalOp, inputs: &[NodeRef]) -> std::result::Result<Shape, SignalError> {
    let n = inputs[0].shape()[inputs[0].shape().rank() - 1];
    if n == 0 {
        return Err(SignalError::Empty { input: "signal" });
    }
    Ok(match op {
        SignalOp::Fft => Shape::new(&[2, signal::rfft_len(n)]),
        SignalOp::Ifft { length } => {
            if *length == 0 || signal::rfft_len(*length) != n {
                return Err(SignalError::SpectrumLength { bins: n, length: *length });
            }
            Shape::new(&[*length])
        }
        SignalOp::Psd(options) => Shape::new(&[options.bins(n)?]),
        SignalOp::Bandpass(options) => {
            options.check(n)?;
            Shape::new(&[n])
        }
        SignalOp::Convolve(mode) => {
            let m = inputs[1].shape()[0];
            if m == 0 {
                return Err(SignalError::Empty { input: "kernel" });
            }
            Shape::new(&[signal::convolved_len(n, m, *mode)?])
        }
        SignalOp::Resample(ratio) => Shape::new(&[ratio.output_len(n)?]),
        SignalOp::Spectrogram(options) => {
            let (bins, frames) = options.shape(n)?;
            Shape::new(&[bins, frames])
        }
        SignalOp::FftComplex | SignalOp::IfftComplex | SignalOp::Whiten | SignalOp::MatchedFilter(_) => {
            Shape::new(&[n])
        }
    })
}

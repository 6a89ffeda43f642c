//! Kernels against naive implementations, over contiguous, transposed, sliced, reversed, broadcast, empty and
//! scalar inputs.

mod concat;
mod copies;
mod distance;
mod einsum;
mod elements;
mod generate;
mod layouts;
mod limits;
mod long;
mod math;
mod memory;
mod producer;
mod products;
mod reduce;
mod scan;
mod segment_reduce;
mod select;
mod sort;
mod stats;
mod threads;

use linal_tensor::kernel::{Output, Value};
use linal_tensor::{ExecutionContext, FromData, Result, Tensor};

/// Runs a kernel without limits and returns its result.
fn run(kernel: impl for<'c> FnOnce(Output<'c>) -> Result<Value<'c>>) -> Result<Tensor> {
    run_in(&ExecutionContext::unlimited(), kernel)
}

fn run_in(
    context: &ExecutionContext,
    kernel: impl for<'c> FnOnce(Output<'c>) -> Result<Value<'c>>,
) -> Result<Tensor> {
    match kernel(Output { context, keep: true, operation: "TEST" })? {
        Value::Owned(tensor) => Ok(tensor),
        other => panic!("a kept value is owned: {other:?}"),
    }
}

/// A vector with its own buffer.
fn vector<T: FromData>(values: &[T]) -> Tensor {
    Tensor::from_vec(values.to_vec(), [values.len()]).unwrap()
}

/// Equal within rounding, NaN included.
#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} against {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        let scale = a.abs().max(b.abs()).max(1.0);
        let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * scale;
        assert!(close, "{found:?} against {expected:?}");
    }
}

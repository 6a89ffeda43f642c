//! Division by the Euclidean norm.

use num_complex::{Complex32, Complex64};

use crate::kernel::reduce::{ComplexNumber, Normed, RealNumber, norms};
use crate::kernel::threads::CostClass;
use crate::kernel::{BLOCK, Output, Value, par_write, read, vectorized};
use crate::uninit::{write_chunks, write_zip};
use crate::{DType, Error, Layout, Result, Shape, View};

/// Writes the elements divided by the norm of all elements, or of their lane along an axis.
///
/// # Errors
/// A zero vector, named by its index; the memory limit; cancellation.
pub fn run<'c>(
    axis: Option<usize>,
    inputs: &[View<'_>],
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let view = &inputs[0];
    match dtype {
        DType::F32 => normalized(axis, view, shape, output, |x: f32, norm| (x.real() / norm) as f32),
        DType::C64 => normalized(axis, view, shape, output, |z: Complex32, norm| {
            let z = z.wide() / norm;
            Complex32::new(z.re as f32, z.im as f32)
        }),
        DType::C128 => normalized(axis, view, shape, output, |z: Complex64, norm| z / norm),
        _ => normalized(axis, view, shape, output, |x: f64, norm| x / norm),
    }
}

fn normalized<'c, T: Normed>(
    axis: Option<usize>,
    view: &View<'_>,
    shape: &Shape,
    output: Output<'c>,
    divide: impl Fn(T, f64) -> T + Sync,
) -> Result<Value<'c>> {
    let control = output.context.control();
    let norms = norms::<T>(view, axis, output.context, output.operation)?;
    if let Some(lane) = norms.iter().position(|&norm| norm == 0.0)
        && !shape.is_empty()
    {
        return Err(zero_vector(axis, lane, shape, output.operation));
    }
    let divisors = View { data: crate::Data::F64(norms), layout: broadcast_norms(axis, shape) };
    output.produce::<T>(shape, |out| {
        par_write(output.context, CostClass::Division.cost(), out, |start, tile| {
            control.poll()?;
            let (mut numbers, mut norms) = ([T::default(); BLOCK], [0.0; BLOCK]);
            write_chunks(tile, BLOCK, |at, block| {
                let a = read::block(view, start + at, block.len(), &mut numbers);
                let b = read::block(&divisors, start + at, block.len(), &mut norms);
                Ok(vectorized(
                    #[inline(always)]
                    || write_zip(block, a, b, &divide),
                ))
            })
        })
    })
}

/// The layout of the norms, broadcast to the shape of the dividends.
fn broadcast_norms(axis: Option<usize>, shape: &Shape) -> Layout {
    match axis {
        Some(axis) => Layout::contiguous(shape.without(axis)).insert_axis(axis).broadcast_to(shape),
        None => Layout::contiguous(Shape::scalar()).broadcast_to(shape),
    }
}

/// The error that names the lane: `the lane [2, *] is a zero vector`.
fn zero_vector(axis: Option<usize>, lane: usize, shape: &Shape, operation: &'static str) -> Error {
    let Some(axis) = axis else {
        return Error::domain(operation, "a zero vector has no direction");
    };
    let mut rest = lane;
    let mut indices: Vec<String> = Vec::new();
    for (i, &size) in shape.dims().iter().enumerate().rev() {
        if i == axis {
            indices.push("*".into());
        } else {
            indices.push((rest % size).to_string());
            rest /= size;
        }
    }
    indices.reverse();
    Error::domain(operation, format!("[{}] is a zero vector, which has no direction", indices.join(", ")))
}

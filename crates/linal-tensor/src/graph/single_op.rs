//! The fast path of kernels of one operation over few elements, as most statements of a script are.
//!
//! It needs no list of inputs, no registers and no blocks. Building and moving these takes longer than the
//! operation: their loads stall on stores that are still in the store buffer.

use arrow_buffer::Buffer;

use super::fused::{FusedKernel, Opcode, Operand, splat};
use super::program::ValueId;
use crate::kernel::elementwise::{self, Arithmetic, Unary};
use crate::kernel::{Arg, BLOCK};
use crate::{DType, ExecutionContext, FromData, Result, Tensor};

/// Runs a kernel over the tensors of `operands`, if it is one operation over at most a block of contiguous
/// elements; else `None`.
#[inline]
pub(super) fn run(
    kernel: &FusedKernel,
    operands: &[ValueId],
    inputs: &[&Tensor],
    context: &ExecutionContext,
) -> Option<Result<Buffer>> {
    let run = match kernel.dtype() {
        DType::F64 => typed::<f64>,
        DType::F32 => typed::<f32>,
        DType::I64 => typed::<i64>,
        DType::Bool | DType::C64 | DType::C128 => return None,
    };
    run(kernel, operands, inputs, context)
}

#[inline]
fn typed<T: Arithmetic + Unary + FromData>(
    kernel: &FusedKernel,
    operands: &[ValueId],
    inputs: &[&Tensor],
    context: &ExecutionContext,
) -> Option<Result<Buffer>> {
    let [only] = kernel.instructions.as_slice() else { return None };
    let len = kernel.shape.len();
    if only.operand != only.result || len > BLOCK {
        return None;
    }
    let arg = |operand: Operand| match operand {
        Operand::Load(index) => {
            let tensor = inputs[operands[index]];
            let elements = tensor.as_slice::<T>().filter(|_| *tensor.shape() == kernel.shape);
            elements.map(Arg::Slice)
        }
        Operand::Constant(scalar) => Some(splat(scalar)),
        Operand::Register(_) => None,
    };
    let result = match (only.opcode, only.args.as_slice()) {
        (Opcode::Binary(op), &[a, b]) => {
            let (a, b) = (arg(a)?, arg(b)?);
            context.write_buffer::<T, _>(kernel.name, len, |out| {
                context.poll()?;
                elementwise::binary(op, a, b, out)
            })
        }
        (Opcode::Unary(op), &[a]) => {
            let a = arg(a)?;
            context.write_buffer::<T, _>(kernel.name, len, |out| {
                context.poll()?;
                elementwise::unary(op, a, out)
            })
        }
        _ => return None,
    };
    Some(result)
}

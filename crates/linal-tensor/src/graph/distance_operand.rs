//! The operands of a distance: tensors, or fused kernels whose elements are produced block by block.

use smallvec::SmallVec;

use super::fused::FusedKernel;
use crate::Result;
use crate::kernel::distance::{self, DistanceInput, DistanceOp};
use crate::kernel::{Output, Source, Value};

/// An operand of a distance.
#[derive(Debug)]
pub(super) enum DistanceOperand {
    /// A value of the program.
    Value,
    /// A fused kernel whose result is read by the distance only, and the number of values that it reads.
    Fused(Box<FusedKernel>, usize),
}

impl DistanceOperand {
    /// The number of values that it reads.
    pub fn reads(&self) -> usize {
        match self {
            DistanceOperand::Value => 1,
            DistanceOperand::Fused(_, reads) => *reads,
        }
    }

    /// Calls `run` with the operand as the input of the kernel.
    fn with<R>(
        &self,
        values: &[&Value<'_>],
        output: Output<'_>,
        run: impl FnOnce(DistanceInput<'_>) -> Result<R>,
    ) -> Result<R> {
        match self {
            DistanceOperand::Value => run(DistanceInput::View(&values[0].view())),
            DistanceOperand::Fused(fused, _) => {
                let sources: SmallVec<[Source<'_>; 4]> = values.iter().map(|value| value.source()).collect();
                fused.with_producer(&sources, output, |producer, reads_panels| {
                    if !reads_panels {
                        return run(DistanceInput::Produced(producer, fused.dtype(), fused.shape.len()));
                    }
                    let whole = fused.run(&sources, fused.dtype(), Output { keep: false, ..output })?;
                    run(DistanceInput::View(&whole.view()))
                })
            }
        }
    }
}

/// Computes a distance. `values` are those that the first operand reads, then those of the second.
///
/// # Errors
/// As [`distance::distance`], and the errors of the fused kernels.
pub(super) fn run<'c>(
    op: DistanceOp,
    [a, b]: &[DistanceOperand; 2],
    values: &[&Value<'_>],
    output: Output<'c>,
) -> Result<Value<'c>> {
    let (left, right) = values.split_at(a.reads());
    a.with(left, output, |a| b.with(right, output, |b| distance::distance(op, a, b, output)))
}

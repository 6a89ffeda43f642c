//! The operands of a pair: tensors, or passes whose elements are made for it.

use smallvec::SmallVec;

use super::fused::Fused;
use crate::Result;
use crate::kernel::pair::{self, PairOp};
use crate::kernel::{Sink, Source, Value};

/// One operand.
#[derive(Debug)]
pub(super) enum Side {
    /// A value of the program.
    Value,
    /// Element-wise nodes that nothing else reads, which read so many values.
    Pass(Box<Fused>, usize),
}

impl Side {
    /// How many values of the program it reads.
    pub fn reads(&self) -> usize {
        match self {
            Side::Value => 1,
            Side::Pass(_, reads) => *reads,
        }
    }

    /// Calls `run` with the operand as the kernel reads it.
    fn with<R>(
        &self,
        values: &[&Value<'_>],
        sink: Sink<'_>,
        run: impl FnOnce(pair::Side<'_>) -> Result<R>,
    ) -> Result<R> {
        match self {
            Side::Value => run(pair::Side::View(&values[0].view())),
            Side::Pass(fused, _) => {
                let sources: SmallVec<[Source<'_>; 4]> = values.iter().map(|value| value.source()).collect();
                fused.made(&sources, sink, |made, reads_panels| {
                    if !reads_panels {
                        return run(pair::Side::Made(made, fused.dtype(), fused.shape.len()));
                    }
                    let whole = fused.run(&sources, fused.dtype(), Sink { keep: false, ..sink })?;
                    run(pair::Side::View(&whole.view()))
                })
            }
        }
    }
}

/// Computes the number of a pair; the values are those that the first operand reads, then those of the second.
///
/// # Errors
/// As [`pair::pair`], and what the passes fail with.
pub(super) fn run<'c>(
    op: PairOp,
    [a, b]: &[Side; 2],
    values: &[&Value<'_>],
    sink: Sink<'c>,
) -> Result<Value<'c>> {
    let (left, right) = values.split_at(a.reads());
    a.with(left, sink, |a| b.with(right, sink, |b| pair::pair(op, a, b, sink)))
}

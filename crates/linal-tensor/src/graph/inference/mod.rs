//! The dtype that the operands of a kernel are cast to, and the shape and dtype of its result.
//!
//! All of it is known when a node is built, so that errors are found there. The kernels themselves
//! ([`crate::kernel`]) know no graph.

mod concat;
mod generate;
mod normalize;
mod scan;
mod signal;
mod solve;
mod sort;
mod stats;

use super::node::NodeRef;
use super::operation::Kernel;
use crate::{DType, Result, Shape};

/// What a node of a kernel is made of.
pub(super) struct Operands {
    /// The operands, cast to the dtype of the kernel.
    pub inputs: Vec<NodeRef>,
    /// The shape of the result.
    pub shape: Shape,
    /// The dtype of the result.
    pub dtype: DType,
}

/// Checks the operands of a kernel.
///
/// # Errors
/// Operands or parameters that the kernel does not take.
pub(super) fn infer(kernel: &Kernel, inputs: &[NodeRef]) -> Result<Operands> {
    match kernel {
        Kernel::Concat { axis } => concat::concat(*axis, inputs),
        Kernel::Sort => sort::sort("SORT", inputs, None),
        Kernel::ArgSort => sort::sort("ARGSORT", inputs, Some(DType::I64)),
        Kernel::CumSum { axis } => scan::cumsum(*axis, inputs),
        Kernel::Diff => scan::diff(inputs),
        Kernel::Quantile => stats::quantile(inputs),
        Kernel::Histogram { bins } => stats::histogram("HISTOGRAM", *bins, inputs),
        Kernel::HistogramEdges { bins } => stats::histogram("HISTOGRAM_EDGES", *bins, inputs),
        Kernel::Normalize { axis } => normalize::normalize(*axis, inputs),
        Kernel::Generate(generator) => generate::generate(generator),
        Kernel::Solve(op) => solve::solve(*op, inputs),
        Kernel::Signal(op) => signal::signal(op, inputs),
    }
}

//! Building of nodes that need whole inputs: matrix products, distances and other kernels.

use super::arithmetic::cast;
use super::inference::{Operands, infer};
use super::node::{Node, NodeRef, Op};
use crate::kernel::distance::DistanceOp;
use crate::kernel::generate::{self, Generator};
use crate::kernel::signal::SignalOp;
use crate::kernel::solve::SolveOp;
use crate::kernel::{Output, Value, concat, normalize, scan, sort, stats};
use crate::{DType, Error, Result, Shape, View};

/// An operation that is neither element-wise, a view, a reduction, a distance nor a matrix product.
#[derive(Clone, Debug, PartialEq)]
pub enum Kernel {
    /// Concatenation along an axis.
    Concat {
        /// The axis.
        axis: usize,
    },
    /// Elements in ascending order along the last axis, NaN last.
    Sort,
    /// Indices of the elements in ascending order along the last axis; stable.
    ArgSort,
    /// Cumulative sums along an axis, or over all elements in logical order.
    CumSum {
        /// The axis.
        axis: Option<usize>,
    },
    /// Differences of adjacent elements along the last axis.
    Diff,
    /// Quantiles, linearly interpolated; input 1 has their fractions.
    Quantile,
    /// Counts of the elements in bins of equal width between the minimum and the maximum.
    Histogram {
        /// Number of bins.
        bins: usize,
    },
    /// The edges of these bins.
    HistogramEdges {
        /// Number of bins.
        bins: usize,
    },
    /// Division by the Euclidean norm of all elements, or of each lane along an axis.
    Normalize {
        /// The axis.
        axis: Option<usize>,
    },
    /// A generator without inputs.
    Generate(Generator),
    /// The solution of linear equations, an inverse, a determinant.
    Solve(SolveOp),
    /// A signal function.
    Signal(SignalOp),
}

impl Kernel {
    /// The name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Kernel::Concat { .. } => "CONCAT",
            Kernel::Sort => "SORT",
            Kernel::ArgSort => "ARGSORT",
            Kernel::CumSum { .. } => "CUMSUM",
            Kernel::Diff => "DIFF",
            Kernel::Quantile => "QUANTILE",
            Kernel::Histogram { .. } => "HISTOGRAM",
            Kernel::HistogramEdges { .. } => "HISTOGRAM_EDGES",
            Kernel::Normalize { .. } => "NORMALIZE",
            Kernel::Generate(generator) => generator.name(),
            Kernel::Solve(op) => op.name(),
            Kernel::Signal(op) => op.name(),
        }
    }

    /// Runs the kernel over prepared inputs.
    pub(super) fn run<'c>(
        &self,
        inputs: &[View<'_>],
        shape: &Shape,
        dtype: DType,
        output: Output<'c>,
    ) -> Result<Value<'c>> {
        match self {
            Kernel::Concat { axis } => concat::run(*axis, inputs, shape, dtype, output),
            Kernel::Sort => sort::sort(inputs, shape, dtype, output),
            Kernel::ArgSort => sort::argsort(inputs, shape, dtype, output),
            Kernel::CumSum { axis } => scan::cumsum(*axis, inputs, shape, dtype, output),
            Kernel::Diff => scan::diff(inputs, shape, dtype, output),
            Kernel::Quantile => stats::quantile(inputs, shape, dtype, output),
            Kernel::Histogram { bins } => stats::histogram(*bins, inputs, shape, dtype, output),
            Kernel::HistogramEdges { bins } => stats::histogram_edges(*bins, inputs, shape, dtype, output),
            Kernel::Normalize { axis } => normalize::run(*axis, inputs, shape, dtype, output),
            Kernel::Generate(generator) => generate::run(generator, inputs, shape, dtype, output),
            Kernel::Solve(op) => op.run(inputs, shape, dtype, output),
            Kernel::Signal(op) => op.run(inputs, shape, output),
        }
    }
}

/// A node of a [`Kernel`].
///
/// # Errors
/// Operands or parameters that the kernel does not take.
pub fn kernel(kernel: Kernel, inputs: &[NodeRef]) -> Result<NodeRef> {
    let Operands { inputs, shape, dtype } = infer(&kernel, inputs)?;
    if shape.checked_len().is_none() {
        return Err(Error::argument(kernel.name(), format!("shape {shape} has too many elements")));
    }
    Ok(Node::new(Op::Kernel(kernel), inputs, shape, dtype))
}

/// A distance, inner product or correlation of two tensors of equal shape. The result is `f64`; an inner
/// product of integers is `i64`, of complex numbers `c128`.
///
/// # Errors
/// Shapes that differ; complex numbers in a distance.
pub fn distance(op: DistanceOp, a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    if a.shape() != b.shape() {
        return Err(Error::ShapeMismatch {
            operation: op.name(),
            left: a.shape().clone(),
            right: b.shape().clone(),
            rule: "both must have the same shape",
        });
    }
    if op == DistanceOp::Dot && a.shape().rank() != 1 {
        return Err(Error::BadShape {
            operation: op.name(),
            found: a.shape().clone(),
            rule: "vectors (MATMUL multiplies matrices)",
        });
    }
    let common = super::arithmetic::common_dtype(a, b).to_number();
    if common.is_complex() && op != DistanceOp::Dot {
        return Err(Error::DTypeMismatch { operation: op.name(), found: common, rule: "real numbers" });
    }
    let (operand, result) = match (op, common) {
        (DistanceOp::Dot, DType::I64) => (DType::I64, DType::I64),
        (DistanceOp::Dot, DType::C64 | DType::C128) => (common, DType::C128),
        _ => (common.to_inexact(), DType::F64),
    };
    Ok(Node::new(Op::Distance(op), [cast(a, operand)?, cast(b, operand)?], Shape::scalar(), result))
}

/// A matrix product: a vector is a row on the left and a column on the right, leading axes broadcast.
///
/// # Errors
/// Scalars; inner sizes that differ; leading axes that do not broadcast.
pub fn matmul(a: &NodeRef, b: &NodeRef) -> Result<NodeRef> {
    let mismatch = |rule| Error::ShapeMismatch {
        operation: "MATMUL",
        left: a.shape().clone(),
        right: b.shape().clone(),
        rule,
    };
    let (ra, rb) = (a.shape().rank(), b.shape().rank());
    if ra == 0 || rb == 0 {
        return Err(mismatch("both must have at least one axis (SCALE multiplies by a number)"));
    }
    let inner = (a.shape()[ra - 1], b.shape()[rb.max(2) - 2]);
    if inner.0 != inner.1 {
        return Err(mismatch("the last size of the first must equal the second to last of the second"));
    }
    if (a.is_strict() || b.is_strict())
        && ra > 1
        && rb > 1
        && a.shape().dims()[..ra - 2] != b.shape().dims()[..rb - 2]
    {
        return Err(Error::StrictBroadcast {
            operation: "MATMUL",
            left: a.shape().clone(),
            right: b.shape().clone(),
        });
    }
    let lead = Shape::new(&a.shape().dims()[..ra.saturating_sub(2)])
        .broadcast(&Shape::new(&b.shape().dims()[..rb.saturating_sub(2)]))
        .ok_or_else(|| mismatch("the axes before the last two must broadcast"))?;
    let mut dims = lead.dims().to_vec();
    if ra > 1 {
        dims.push(a.shape()[ra - 2]);
    }
    if rb > 1 {
        dims.push(b.shape()[rb - 1]);
    }
    let dtype = super::arithmetic::common_dtype(a, b).to_number();
    Ok(Node::new(Op::MatMul, [cast(a, dtype)?, cast(b, dtype)?], dims.into(), dtype))
}

//! Systems of linear equations by LU decomposition with partial pivoting, through faer.

use faer::linalg::solvers::{DenseSolveCore, PartialPivLu, Solve};
use faer::traits::ComplexField;

use crate::graph::{NodeRef, cast};
use crate::kernel::{Register, Sink, Value};
use crate::raw::{self, Operand};
use crate::{Complex32, Complex64, DType, Error, Result, Shape, View};

/// What is asked of a square matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolveOp {
    /// `x` with `a @ x = b`.
    Solve,
    /// The inverse matrix.
    Inverse,
    /// The determinant.
    Determinant,
}

impl SolveOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            SolveOp::Solve => "SOLVE",
            SolveOp::Inverse => "INVERSE",
            SolveOp::Determinant => "DET",
        }
    }

    /// Checks the operands and works out the result. Whole numbers are computed in `f64`.
    pub(crate) fn prepare(self, inputs: &[NodeRef]) -> Result<(Vec<NodeRef>, Shape, DType)> {
        let a = &inputs[0];
        let dims = a.shape().dims();
        if dims.len() != 2 || dims[0] != dims[1] {
            let rule = "a square matrix";
            return Err(Error::BadShape { operation: self.name(), found: a.shape().clone(), rule });
        }
        let dtype = inputs.iter().map(|input| input.dtype()).fold(DType::Bool, DType::promote).to_inexact();
        let shape = match self {
            SolveOp::Solve => {
                let b = &inputs[1];
                if !(1..=2).contains(&b.shape().rank()) || b.shape()[0] != dims[0] {
                    return Err(Error::ShapeMismatch {
                        operation: "SOLVE",
                        left: a.shape().clone(),
                        right: b.shape().clone(),
                        rule: "the second is a vector or matrix with as many rows as the first",
                    });
                }
                b.shape().clone()
            }
            SolveOp::Inverse => a.shape().clone(),
            SolveOp::Determinant => Shape::scalar(),
        };
        let inputs = inputs.iter().map(|input| cast(input, dtype)).collect::<Result<_>>()?;
        Ok((inputs, shape, dtype))
    }

    /// Runs the operation.
    pub fn run<'c>(
        self,
        inputs: &[View<'_>],
        shape: &Shape,
        dtype: DType,
        sink: Sink<'c>,
    ) -> Result<Value<'c>> {
        match dtype {
            DType::F32 => self.typed::<f32>(inputs, shape, sink),
            DType::C64 => self.typed::<Complex32>(inputs, shape, sink),
            DType::C128 => self.typed::<Complex64>(inputs, shape, sink),
            _ => self.typed::<f64>(inputs, shape, sink),
        }
    }

    fn typed<'c, T: Register + ComplexField>(
        self,
        inputs: &[View<'_>],
        shape: &Shape,
        sink: Sink<'c>,
    ) -> Result<Value<'c>> {
        let a = operand::<T>(&inputs[0]);
        // The decomposition and the solution are faer's own; their room is taken while they live.
        let cells = a.rows.saturating_mul(a.columns).saturating_mul(2).saturating_add(shape.len());
        let _scratch = sink.context.pool().reserve(self.name(), cells.saturating_mul(size_of::<T>()))?;
        let lu = PartialPivLu::new(a.matrix());
        if self == SolveOp::Determinant {
            let determinant = a.matrix().determinant();
            return sink.produce::<T>(shape, |out| Ok(raw::write_each(out, |_| determinant)));
        }
        if let Some(column) = (0..a.rows).find(|&i| lu.U()[(i, i)] == T::default()) {
            let message = format!("the matrix is singular: column {column} depends on those before it");
            return Err(Error::domain(self.name(), message));
        }
        let result = match self {
            SolveOp::Solve => lu.solve(operand::<T>(&inputs[1]).matrix()),
            _ => lu.inverse(),
        };
        let columns = result.ncols();
        sink.produce::<T>(shape, |out| Ok(raw::write_each(out, |i| result[(i / columns, i % columns)])))
    }
}

/// A view of rank 1 or 2 as a matrix; a vector is one column.
fn operand<'v, T: Register>(view: &View<'v>) -> Operand<'v, T> {
    let layout = if view.shape().rank() == 1 { view.layout.insert_axis(1) } else { view.layout.clone() };
    Operand {
        data: view.buffer::<T>(),
        offset: layout.offset(),
        rows: layout.shape()[0],
        columns: layout.shape()[1],
        row_stride: layout.strides()[0],
        column_stride: layout.strides()[1],
    }
}

//! Systems of linear equations, inverses and determinants by LU decomposition with partial pivoting.

use faer::{Mat, Par};

use crate::kernel::lu::{Field, Lu, PANEL, Poll};
use crate::kernel::{Output, Register, Value};
use crate::uninit::{self, StridedMatrix};
use crate::{Complex32, Complex64, DType, Error, Result, Shape, View};

/// An operation of a square matrix.
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

    /// Runs the operation.
    pub fn run<'c>(
        self,
        inputs: &[View<'_>],
        shape: &Shape,
        dtype: DType,
        output: Output<'c>,
    ) -> Result<Value<'c>> {
        match dtype {
            DType::F32 => self.typed::<f32>(inputs, shape, output),
            DType::C64 => self.typed::<Complex32>(inputs, shape, output),
            DType::C128 => self.typed::<Complex64>(inputs, shape, output),
            _ => self.typed::<f64>(inputs, shape, output),
        }
    }

    fn typed<'c, T: Register + Field>(
        self,
        inputs: &[View<'_>],
        shape: &Shape,
        output: Output<'c>,
    ) -> Result<Value<'c>> {
        let a = operand::<T>(&inputs[0]);
        // faer allocates the factors and the solution: their memory is reserved here.
        let cells = a.rows.saturating_mul(a.columns).saturating_add(shape.len());
        let _scratch = output.context.pool().reserve(self.name(), cells.saturating_mul(size_of::<T>()))?;
        let poll = || output.context.poll();
        let lu = match Lu::factorize(a.matrix(), parallelism(a.rows, output), &poll)? {
            Ok(lu) => lu,
            Err(_) if self == SolveOp::Determinant => {
                let zero = singular_determinant(&a, &poll)?;
                return output.produce::<T>(shape, |out| Ok(uninit::write_each(out, |_| zero)));
            }
            Err(column) => {
                let message = format!("the matrix is singular: column {column} depends on those before it");
                return Err(Error::domain(self.name(), message));
            }
        };
        let rhs = match self {
            SolveOp::Determinant => {
                let determinant = lu.determinant();
                return output.produce::<T>(shape, |out| Ok(uninit::write_each(out, |_| determinant)));
            }
            SolveOp::Solve => {
                let b = operand::<T>(&inputs[1]);
                columns(b.rows, b.columns, |i, j| b.at(i, j), &poll)?
            }
            SolveOp::Inverse => {
                columns(a.rows, a.rows, |i, j| if i == j { T::one_impl() } else { T::default() }, &poll)?
            }
        };
        write_solution(&lu, rhs, shape, output)
    }
}

/// Threads are used from two panels on.
fn parallelism(rows: usize, output: Output<'_>) -> Par {
    match output.context.threads() {
        threads if threads > 1 && rows >= 2 * PANEL => Par::rayon(threads),
        _ => Par::Seq,
    }
}

/// The determinant of a matrix whose columns are linearly dependent: 0, or NaN if an element is NaN or
/// infinite.
fn singular_determinant<T: Field>(a: &StridedMatrix<'_, T>, poll: Poll<'_>) -> Result<T> {
    for i in 0..a.rows {
        poll()?;
        if (0..a.columns).any(|j| !T::is_finite_impl(&a.at(i, j))) {
            return Ok(T::nan_impl());
        }
    }
    Ok(T::default())
}

/// A matrix that is written by bands of columns, with polls in between: page faults of a large matrix take
/// long.
fn columns<T: Field>(
    rows: usize,
    columns: usize,
    value: impl Fn(usize, usize) -> T,
    poll: Poll<'_>,
) -> Result<Mat<T>> {
    let mut matrix = Mat::with_capacity(rows, columns);
    for first in (0..columns).step_by(PANEL) {
        poll()?;
        matrix.resize_with(rows, columns.min(first + PANEL), &value);
    }
    Ok(matrix)
}

/// Solves for right-hand sides, and writes the solution in row-major order.
fn write_solution<'c, T: Register + Field>(
    lu: &Lu<T>,
    mut rhs: Mat<T>,
    shape: &Shape,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let poll = || output.context.poll();
    lu.solve(rhs.as_mut(), &poll)?;
    let columns = rhs.ncols();
    output.produce::<T>(shape, |out| {
        uninit::write_chunks(out, columns * PANEL, |at, rows| {
            poll()?;
            Ok(uninit::write_each(rows, |i| rhs[((at + i) / columns, (at + i) % columns)]))
        })
    })
}

/// A view of rank 1 or 2 as a matrix; a vector is one column.
fn operand<'v, T: Register>(view: &View<'v>) -> StridedMatrix<'v, T> {
    let layout = if view.shape().rank() == 1 { view.layout.insert_axis(1) } else { view.layout.clone() };
    StridedMatrix {
        data: view.buffer::<T>(),
        offset: layout.offset(),
        rows: layout.shape()[0],
        columns: layout.shape()[1],
        row_stride: layout.strides()[0],
        column_stride: layout.strides()[1],
    }
}

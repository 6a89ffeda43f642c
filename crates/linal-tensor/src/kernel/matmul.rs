//! Products of matrices: faer for floats and complex numbers, a checked loop for integers.

use std::mem::MaybeUninit;

use crate::kernel::threads::{CostClass, configured_threads, on_available_cores, threads_for};
use crate::kernel::{Output, Register, Value, vectorized, write_chunks_on};
use crate::uninit::{self, StridedMatrix};
use crate::{Complex32, Complex64, Control, DType, Error, Layout, Result, Shape, View};

/// The product over the last two axes, batched over the leading ones. Vectors count as a row on the left and as a
/// column on the right. `shape` is the result's.
pub fn matmul<'c>(a: &View<'_>, b: &View<'_>, shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
    let product = Product::new(a, b, shape);
    match a.dtype() {
        DType::F64 => product.faer::<f64>(a, b, shape, output),
        DType::F32 => product.faer::<f32>(a, b, shape, output),
        DType::C64 => product.faer::<Complex32>(a, b, shape, output),
        DType::C128 => product.faer::<Complex64>(a, b, shape, output),
        DType::I64 => product.integers(a, b, shape, output),
        DType::Bool => unreachable!("truth values become numbers before a product"),
    }
}

/// Both operands as stacks of matrices of equal leading axes.
struct Product {
    a: Layout,
    b: Layout,
    rows: usize,
    inner: usize,
    columns: usize,
}

impl Product {
    fn new(a: &View<'_>, b: &View<'_>, shape: &Shape) -> Product {
        let (ra, rb) = (a.shape().rank(), b.shape().rank());
        let a = if ra == 1 { a.layout.insert_axis(0) } else { a.layout.clone() };
        let b = if rb == 1 { b.layout.insert_axis(1) } else { b.layout.clone() };
        let (rows, inner) = last_two(a.shape());
        let (_, columns) = last_two(b.shape());
        let lead = &shape.dims()[..shape.rank() - usize::from(ra > 1) - usize::from(rb > 1)];
        let stack = |layout: &Layout| {
            let (m, n) = last_two(layout.shape());
            let mut dims = lead.to_vec();
            dims.extend([m, n]);
            layout.broadcast_to(&dims.into())
        };
        Product { a: stack(&a), b: stack(&b), rows, inner, columns }
    }

    /// The matrix at a place of the stack, inside of its slice.
    fn operand<'s, T>(layout: &Layout, place: usize, data: &'s [T]) -> StridedMatrix<'s, T> {
        let rank = layout.shape().rank();
        let mut offset = layout.offset() as isize;
        let mut rest = place;
        for axis in (0..rank - 2).rev() {
            let size = layout.shape()[axis];
            offset += (rest % size) as isize * layout.strides()[axis];
            rest /= size;
        }
        let (rows, columns) = last_two(layout.shape());
        StridedMatrix {
            data,
            offset: offset as usize,
            rows,
            columns,
            row_stride: layout.strides()[rank - 2],
            column_stride: layout.strides()[rank - 1],
        }
    }

    fn faer<'c, T>(&self, a: &View<'_>, b: &View<'_>, shape: &Shape, output: Output<'c>) -> Result<Value<'c>>
    where
        T: Register + faer::traits::ComplexField,
    {
        let work = self.rows.saturating_mul(self.inner).saturating_mul(self.columns);
        // faer's splits follow from its threads, and the rounding of the sums from the splits.
        let parallelism = match configured_threads(output.context, work, CostClass::MatMul.cost()) {
            1 => faer::Par::Seq,
            threads => faer::Par::rayon(threads),
        };
        // A stack of products that are too small to be shared each is shared product by product.
        let all = shape.len().saturating_mul(self.inner);
        let threads = match parallelism {
            faer::Par::Seq => threads_for(output.context, all, CostClass::MatMul.cost()),
            faer::Par::Rayon(_) => 1,
        };
        let (left, right) = (a.buffer::<T>(), b.buffer::<T>());
        let control = output.context.control();
        output.produce::<T>(shape, |out| {
            on_available_cores(parallelism.degree(), || {
                write_chunks_on(threads, out, self.rows * self.columns, |at, block| {
                    let place = at / (self.rows * self.columns);
                    let a = Product::operand(&self.a, place, left);
                    let b = Product::operand(&self.b, place, right);
                    self.in_bands(&a, &b, block, parallelism, control)
                })
            })
        })
    }

    /// One product in bands of rows, so that a cancellation is seen between them.
    fn in_bands<'o, T>(
        &self,
        a: &StridedMatrix<'_, T>,
        b: &StridedMatrix<'_, T>,
        out: &'o mut [MaybeUninit<T>],
        parallelism: faer::Par,
        control: &Control,
    ) -> Result<&'o mut [T]>
    where
        T: Register + faer::traits::ComplexField,
    {
        /// Multiply-adds of single precision of each thread between two looks at the flag: about 40 ms. Each band packs
        /// the right operand again, so that many short ones are slower: 2048 by 2048 doubles took 227 ms in eight
        /// bands on two threads, and 176 ms in one.
        const BAND: usize = 1 << 31;
        let threads = parallelism.degree().max(1);
        let row_work = self.inner.saturating_mul(self.columns).saturating_mul(singles::<T>()).max(1);
        let band = (BAND.saturating_mul(threads) / row_work).max(32);
        uninit::write_chunks(out, band.saturating_mul(self.columns.max(1)), |at, block| {
            control.poll()?;
            let first = at / self.columns;
            let rows = block.len() / self.columns;
            let start = a.offset as isize + first as isize * a.row_stride;
            let part = StridedMatrix { rows, offset: start as usize, ..*a };
            Ok(uninit::matmul_into(block, &part, b, parallelism))
        })
    }

    fn integers<'c>(
        &self,
        a: &View<'_>,
        b: &View<'_>,
        shape: &Shape,
        output: Output<'c>,
    ) -> Result<Value<'c>> {
        let (left, right) = (a.buffer::<i64>(), b.buffer::<i64>());
        let places = shape.len() / (self.rows * self.columns).max(1);
        let digits: Vec<u32> =
            (0..places).map(|place| digits(&Product::operand(&self.b, place, right))).collect();
        let work = shape.len().saturating_mul(self.inner);
        let threads = threads_for(output.context, work, CostClass::Simple.cost_of(DType::I64));
        let control = output.context.control();
        output.produce::<i64>(shape, |out| {
            write_chunks_on(threads, out, self.columns, |at, row| {
                control.poll()?;
                let (place, i) = (at / self.columns / self.rows, at / self.columns % self.rows);
                let a = Product::operand(&self.a, place, left);
                let b = Product::operand(&self.b, place, right);
                integer_row(&a, &b, digits[place], i, row)
            })
        })
    }
}

/// How many multiply-adds of single precision take as long as one of this type.
fn singles<T: Register>() -> usize {
    match T::DTYPE {
        DType::F32 => 1,
        DType::C64 => 4,
        DType::C128 => 8,
        DType::F64 | DType::I64 | DType::Bool => 2,
    }
}

fn last_two(shape: &Shape) -> (usize, usize) {
    (shape[shape.rank() - 2], shape[shape.rank() - 1])
}

/// Binary digits of the largest number of a matrix: no number is larger in size than 2 to their power.
fn digits(matrix: &StridedMatrix<'_, i64>) -> u32 {
    let mut all = 0;
    for row in 0..matrix.rows {
        for column in 0..matrix.columns {
            let x = matrix.at(row, column);
            all |= x ^ (x >> 63);
        }
    }
    64 - all.leading_zeros()
}

/// One row of an integer product. `digits` are those of `b`.
fn integer_row<'o>(
    a: &StridedMatrix<'_, i64>,
    b: &StridedMatrix<'_, i64>,
    digits: u32,
    i: usize,
    row: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    let left = (0..a.columns).map(|k| a.at(i, k)).fold(0, |all, x| all | (x ^ (x >> 63)));
    let products = a.columns.max(1).next_power_of_two().ilog2();
    // No sum of the products leaves 64 bits.
    let fits = digits + (64 - left.leading_zeros()) + products < 63;
    if fits && b.column_stride == 1 {
        return Ok(plain_row(a, b, i, row));
    }
    let mut overflow = false;
    let written = uninit::write_each(row, |j| {
        // Two products of the greatest numbers are already beyond 128 bits.
        let mut products = (0..a.columns).map(|k| i128::from(a.at(i, k)) * i128::from(b.at(k, j)));
        let sum = products.try_fold(0i128, i128::checked_add).and_then(|sum| i64::try_from(sum).ok());
        sum.unwrap_or_else(|| {
            overflow = true;
            0
        })
    });
    if overflow { Err(Error::IntegerOverflow { operation: "MATMUL" }) } else { Ok(written) }
}

/// One row of an integer product that cannot overflow: rows of `b`, each by its factor, are added up.
fn plain_row<'o>(
    a: &StridedMatrix<'_, i64>,
    b: &StridedMatrix<'_, i64>,
    i: usize,
    row: &'o mut [MaybeUninit<i64>],
) -> &'o mut [i64] {
    let row = uninit::write_each(row, |_| 0);
    for k in 0..a.columns {
        let factor = a.at(i, k);
        let start = (b.offset as isize + k as isize * b.row_stride) as usize;
        let addends = &b.data[start..start + row.len()];
        vectorized(
            #[inline(always)]
            || {
                for (sum, &x) in row.iter_mut().zip(addends) {
                    *sum = sum.wrapping_add(factor.wrapping_mul(x));
                }
            },
        );
    }
    row
}

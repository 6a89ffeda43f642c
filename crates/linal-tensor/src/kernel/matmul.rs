//! Matrix products: faer for floats and complex numbers, a checked loop for integers.

use std::mem::MaybeUninit;

use crate::kernel::threads::{CostClass, configured_threads, on_available_cores, threads_for};
use crate::kernel::{Output, Register, Value, vectorized, write_chunks_on};
use crate::uninit::{self, StridedMatrix};
use crate::{Complex32, Complex64, Control, DType, Error, Layout, Result, Shape, View};

/// The product over the last two axes, batched over the leading ones. A vector is a row on the left and a
/// column on the right. `shape` is that of the result.
pub fn matmul<'c>(a: &View<'_>, b: &View<'_>, shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
    let product = Product::new(a, b, shape);
    match a.dtype() {
        DType::F64 => product.faer::<f64>(a, b, shape, output),
        DType::F32 => product.faer::<f32>(a, b, shape, output),
        DType::C64 => product.faer::<Complex32>(a, b, shape, output),
        DType::C128 => product.faer::<Complex64>(a, b, shape, output),
        DType::I64 => product.integers(a, b, shape, output),
        DType::Bool => unreachable!("Booleans are promoted to numbers before a product"),
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

    /// A matrix of the stack.
    fn operand<'s, T>(layout: &Layout, index: usize, data: &'s [T]) -> StridedMatrix<'s, T> {
        let rank = layout.shape().rank();
        let mut offset = layout.offset() as isize;
        let mut rest = index;
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
        // The split of faer depends on its threads, and the rounding of sums on the split.
        let parallelism = match configured_threads(output.context, work, CostClass::MatMul.cost()) {
            1 => faer::Par::Seq,
            threads => faer::Par::rayon(threads),
        };
        // A stack of products that are each too small for several threads runs in parallel by products.
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
                    let index = at / (self.rows * self.columns);
                    let a = Product::operand(&self.a, index, left);
                    let b = Product::operand(&self.b, index, right);
                    self.in_bands(&a, &b, block, parallelism, control)
                })
            })
        })
    }

    /// One product in bands of rows, with polls in between.
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
        /// Multiply-adds of f32 of each thread between two polls: about 40 ms. Each band packs the right
        /// operand again, so many short bands are slower: 2048 by 2048 f64 took 227 ms in eight bands on two
        /// threads, and 176 ms in one.
        const BAND: usize = 1 << 31;
        let threads = parallelism.degree().max(1);
        let row_work =
            self.inner.saturating_mul(self.columns).saturating_mul(f32_multiply_adds::<T>()).max(1);
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
        let products = shape.len() / (self.rows * self.columns).max(1);
        let bits: Vec<u32> =
            (0..products).map(|index| bits(&Product::operand(&self.b, index, right))).collect();
        let work = shape.len().saturating_mul(self.inner);
        let threads = threads_for(output.context, work, CostClass::Simple.cost_of(DType::I64));
        let control = output.context.control();
        output.produce::<i64>(shape, |out| {
            write_chunks_on(threads, out, self.columns, |at, row| {
                control.poll()?;
                let (index, i) = (at / self.columns / self.rows, at / self.columns % self.rows);
                let a = Product::operand(&self.a, index, left);
                let b = Product::operand(&self.b, index, right);
                integer_row(&a, &b, bits[index], i, row)
            })
        })
    }
}

/// The cost of a multiply-add of this type, in multiply-adds of f32.
fn f32_multiply_adds<T: Register>() -> usize {
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

/// The number of bits of the largest magnitude of a matrix: every magnitude is at most 2 to this power.
fn bits(matrix: &StridedMatrix<'_, i64>) -> u32 {
    let mut all = 0;
    for row in 0..matrix.rows {
        for column in 0..matrix.columns {
            let x = matrix.at(row, column);
            all |= x ^ (x >> 63);
        }
    }
    64 - all.leading_zeros()
}

/// One row of an integer product. `bits` is that of `b`.
fn integer_row<'o>(
    a: &StridedMatrix<'_, i64>,
    b: &StridedMatrix<'_, i64>,
    bits: u32,
    i: usize,
    row: &'o mut [MaybeUninit<i64>],
) -> Result<&'o mut [i64]> {
    let left = (0..a.columns).map(|k| a.at(i, k)).fold(0, |all, x| all | (x ^ (x >> 63)));
    let log_products = a.columns.max(1).next_power_of_two().ilog2();
    // Sums of the products cannot overflow 64 bits.
    let fits = bits + (64 - left.leading_zeros()) + log_products < 63;
    if fits && b.column_stride == 1 {
        return Ok(plain_row(a, b, i, row));
    }
    let mut overflow = false;
    let written = uninit::write_each(row, |j| {
        // The sum of two products of the largest magnitudes overflows 128 bits.
        let mut products = (0..a.columns).map(|k| i128::from(a.at(i, k)) * i128::from(b.at(k, j)));
        let sum = products.try_fold(0i128, i128::checked_add).and_then(|sum| i64::try_from(sum).ok());
        sum.unwrap_or_else(|| {
            overflow = true;
            0
        })
    });
    if overflow { Err(Error::IntegerOverflow { operation: "MATMUL" }) } else { Ok(written) }
}

/// One row of an integer product that cannot overflow: the sum of the rows of `b`, each scaled by an element
/// of `a`.
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

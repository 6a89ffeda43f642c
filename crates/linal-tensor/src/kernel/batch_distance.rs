//! Distances of the rows of a batch: inner products and distances of many vectors.
//!
//! The results are those of [`super::distance`]. If a row is `f32`, products and sums are in plain double
//! precision: the product of two `f32` is exact in `f64`, so the sum of a thousand of them is as good as a
//! compensated one up to the last digits, and the loop is as fast as memory. `f64` is summed with
//! compensation, as for one tensor.

use crate::kernel::distance::{DistanceOp, cosine_from_dot, slice_distance};
use crate::kernel::reduce::{Compensated, RealNumber, SAFE_SQUARES, sum_zip};
use crate::kernel::{BLOCK, TILE, vectorized};
use crate::tensor::FromData;
use crate::{Control, DType, Error, ExecutionContext, Result, View};

/// The distances of a batch of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowDistances {
    /// One for each row.
    pub values: Vec<f64>,
    /// Rows with an undefined result: a cosine with a zero vector. Their value is NaN.
    pub undefined: Vec<usize>,
}

/// An operand: contiguous rows, or one vector for all rows.
#[derive(Clone, Copy)]
struct BatchOperand<'a, T> {
    data: &'a [T],
    width: usize,
    constant: bool,
}

impl<'a, T: FromData> BatchOperand<'a, T> {
    /// A view of shape `[rows, width]`, or `[width]` for all rows.
    fn new(view: &View<'a>, width: usize) -> Option<BatchOperand<'a, T>> {
        Some(BatchOperand { data: view.contiguous::<T>()?, width, constant: view.shape().rank() == 1 })
    }

    #[inline(always)]
    fn row(&self, at: usize) -> &'a [T] {
        let start = if self.constant { 0 } else { at * self.width };
        &self.data[start..start + self.width]
    }
}

/// The distance of each row. Both views are contiguous, of `f32` or `f64`, and of shape `[rows, width]`, or
/// `[width]` for one vector for all rows.
///
/// # Errors
/// Another dtype or layout; a constant operand in a correlation; cancellation.
pub fn batch_distance(
    op: DistanceOp,
    a: &View<'_>,
    b: &View<'_>,
    rows: usize,
    context: &ExecutionContext,
) -> Result<RowDistances> {
    dispatch(op, a, None, b, rows, context.control())
}

/// As [`batch_distance`]; the squared norms of the rows of `a` may be given.
fn dispatch(
    op: DistanceOp,
    a: &View<'_>,
    squared_norms: Option<&[f64]>,
    b: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<RowDistances> {
    match (a.dtype(), b.dtype()) {
        (DType::F32, DType::F32) => distances_of::<f32, f32>(op, a, squared_norms, b, rows, control),
        (DType::F32, DType::F64) => distances_of::<f32, f64>(op, a, squared_norms, b, rows, control),
        (DType::F64, DType::F32) => distances_of::<f64, f32>(op, a, squared_norms, b, rows, control),
        (DType::F64, DType::F64) => distances_of::<f64, f64>(op, a, squared_norms, b, rows, control),
        (DType::F32 | DType::F64, found) | (found, _) => {
            Err(Error::DTypeMismatch { operation: op.name(), found, rule: "f32 or f64" })
        }
    }
}

fn distances_of<A: RealNumber + FromData, B: RealNumber + FromData>(
    op: DistanceOp,
    a: &View<'_>,
    squared_norms: Option<&[f64]>,
    b: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<RowDistances> {
    let width = a.shape().dims().last().copied().unwrap_or(0);
    let operands = BatchOperand::<A>::new(a, width).zip(BatchOperand::<B>::new(b, width));
    let (a, b) = operands.ok_or_else(|| Error::argument(op.name(), "rows that are not contiguous"))?;
    let mut out = RowDistances { values: Vec::with_capacity(rows), undefined: Vec::new() };
    let step = (TILE / width.max(1)).max(1);
    for first in (0..rows).step_by(step) {
        control.poll()?;
        let range = first..rows.min(first + step);
        match op {
            DistanceOp::Dot => vectorized(
                #[inline(always)]
                || {
                    for at in range {
                        out.values.push(sum(a.row(at), b.row(at), |x, y| x * y));
                    }
                },
            ),
            DistanceOp::Manhattan => vectorized(
                #[inline(always)]
                || {
                    for at in range {
                        out.values.push(sum(a.row(at), b.row(at), |x, y| (x - y).abs()));
                    }
                },
            ),
            DistanceOp::Euclidean => {
                vectorized(
                    #[inline(always)]
                    || {
                        for at in range.clone() {
                            out.values.push(sum(a.row(at), b.row(at), |x, y| (x - y) * (x - y)));
                        }
                    },
                );
                finish_euclidean(&a, &b, range, control, &mut out)?;
            }
            DistanceOp::Cosine => cosines(&a, squared_norms, &b, range, control, &mut out)?,
            DistanceOp::Pearson => {
                for at in range {
                    compensated_row(op, a.row(at), b.row(at), at, control, &mut out)?;
                }
            }
        }
    }
    Ok(out)
}

/// Square roots of squared distances. Those that overflowed or underflowed are computed again, scaled.
fn finish_euclidean<A: RealNumber + FromData, B: RealNumber + FromData>(
    a: &BatchOperand<'_, A>,
    b: &BatchOperand<'_, B>,
    range: std::ops::Range<usize>,
    control: &Control,
    out: &mut RowDistances,
) -> Result<()> {
    for at in range {
        let squares = out.values[at];
        out.values[at] = if SAFE_SQUARES.contains(&squares) || squares.is_nan() {
            squares.sqrt()
        } else {
            let (left, right) = (wide(a.row(at)), wide(b.row(at)));
            slice_distance(DistanceOp::Euclidean, &left, &right, control)?.unwrap_or(f64::NAN)
        };
    }
    Ok(())
}

/// The squared norm of each row, for [`cosine_with_squared_norms`]. The view is contiguous, of `f32` or
/// `f64`, of shape `[rows, width]`.
///
/// # Errors
/// Another dtype or layout; cancellation.
pub fn squared_norms(view: &View<'_>, rows: usize, control: &Control) -> Result<Vec<f64>> {
    match view.dtype() {
        DType::F32 => squared_norms_of::<f32>(view, rows, control),
        DType::F64 => squared_norms_of::<f64>(view, rows, control),
        found => Err(Error::DTypeMismatch { operation: "norms", found, rule: "f32 or f64" }),
    }
}

fn squared_norms_of<T: RealNumber + FromData>(
    view: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<Vec<f64>> {
    let width = view.shape().dims().last().copied().unwrap_or(0);
    let operand = BatchOperand::<T>::new(view, width)
        .ok_or_else(|| Error::argument("norms", "rows that are not contiguous"))?;
    let mut all = Vec::with_capacity(rows);
    let step = (TILE / width.max(1)).max(1);
    for first in (0..rows).step_by(step) {
        control.poll()?;
        vectorized(
            #[inline(always)]
            || (first..rows.min(first + step)).for_each(|at| all.push(squares(operand.row(at)))),
        );
    }
    Ok(all)
}

/// The cosine of each row of `a`, of shape `[rows, width]`, with the vector `b`, bit-identical to
/// [`batch_distance`]. `squared_norms` are those of the rows, so each row is read for its inner product only.
///
/// # Errors
/// Another dtype or layout; cancellation.
pub fn cosine_with_squared_norms(
    a: &View<'_>,
    squared_norms: &[f64],
    b: &View<'_>,
    control: &Control,
) -> Result<RowDistances> {
    dispatch(DistanceOp::Cosine, a, Some(squared_norms), b, squared_norms.len(), control)
}

/// Cosines. The norm of an operand that is the same for all rows is computed once. Without squared norms of
/// the left rows, each row is read once for its inner product and its norm.
fn cosines<A: RealNumber + FromData, B: RealNumber + FromData>(
    a: &BatchOperand<'_, A>,
    squared_norms: Option<&[f64]>,
    b: &BatchOperand<'_, B>,
    range: std::ops::Range<usize>,
    control: &Control,
    out: &mut RowDistances,
) -> Result<()> {
    let first = range.start;
    let constant_left = a.constant.then(|| {
        vectorized(
            #[inline(always)]
            || squares(a.row(first)),
        )
    });
    let constant_right = b.constant.then(|| {
        vectorized(
            #[inline(always)]
            || squares(b.row(first)),
        )
    });
    for at in range {
        let (x, y) = (a.row(at), b.row(at));
        let (dot, left, right) = vectorized(
            #[inline(always)]
            || match (squared_norms.map(|squares| squares[at]).or(constant_left), constant_right) {
                (Some(left), None) => {
                    let [dot, right] = sums(x, y, |x, y| [x * y, y * y]);
                    (dot, left, right)
                }
                (None, Some(right)) => {
                    let [dot, left] = sums(x, y, |x, y| [x * y, x * x]);
                    (dot, left, right)
                }
                (left, right) => {
                    let [dot] = sums(x, y, |x, y| [x * y]);
                    (dot, left.unwrap_or_else(|| squares(x)), right.unwrap_or_else(|| squares(y)))
                }
            },
        );
        if left.is_nan() || right.is_nan() {
            out.values.push(f64::NAN);
        } else if SAFE_SQUARES.contains(&left) && SAFE_SQUARES.contains(&right) {
            out.values.push(cosine_from_dot(dot, left, right));
        } else {
            compensated_row(DistanceOp::Cosine, x, y, at, control, out)?;
        }
    }
    Ok(())
}

/// The distance of one row with compensated sums, as for two tensors.
fn compensated_row<A: RealNumber, B: RealNumber>(
    op: DistanceOp,
    a: &[A],
    b: &[B],
    at: usize,
    control: &Control,
    out: &mut RowDistances,
) -> Result<()> {
    let number = slice_distance(op, &wide(a), &wide(b), control)?;
    if number.is_none() {
        out.undefined.push(at);
    }
    out.values.push(number.unwrap_or(f64::NAN));
    Ok(())
}

fn wide<T: RealNumber>(slice: &[T]) -> Vec<f64> {
    slice.iter().map(|x| x.real()).collect()
}

#[inline(always)]
fn squares<T: RealNumber>(row: &[T]) -> f64 {
    sum(row, row, |x, y| x * y)
}

/// The sum of `f` over all pairs of elements.
#[inline(always)]
fn sum<A: RealNumber, B: RealNumber>(a: &[A], b: &[B], f: impl Fn(f64, f64) -> f64 + Copy) -> f64 {
    let [sum] = sums(a, b, |x, y| [f(x, y)]);
    sum
}

/// The sums of each result of `f` over all pairs of elements, as if each were summed alone.
#[inline(always)]
fn sums<A: RealNumber, B: RealNumber, const N: usize>(
    a: &[A],
    b: &[B],
    f: impl Fn(f64, f64) -> [f64; N] + Copy,
) -> [f64; N] {
    if size_of::<A>() == 8 && size_of::<B>() == 8 {
        // Block by block as for one tensor, so the result is bit-identical.
        let mut totals = [Compensated::default(); N];
        for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
            for (n, total) in totals.iter_mut().enumerate() {
                *total = total.merge(sum_zip(a, b, |x: A, y: B| f(x.real(), y.real())[n]));
            }
        }
        return totals.map(Compensated::value);
    }
    lane_sums(a, b, f)
}

/// Independent partial sums, which fit the SIMD registers.
const LANES: usize = 32;

/// Rows of [`LANES`] elements that are added before they are added to the partial sums.
const UNROLL: usize = 4;

#[inline(always)]
fn lane_sums<A: RealNumber, B: RealNumber, const N: usize>(
    a: &[A],
    b: &[B],
    f: impl Fn(f64, f64) -> [f64; N],
) -> [f64; N] {
    let mut sums = [[0.0f64; LANES]; N];
    let (a_groups, a_rest) = a.as_chunks::<{ LANES * UNROLL }>();
    let (b_groups, b_rest) = b.as_chunks::<{ LANES * UNROLL }>();
    for (a, b) in a_groups.iter().zip(b_groups) {
        for lane in 0..LANES {
            let values = |row: usize| f(a[row * LANES + lane].real(), b[row * LANES + lane].real());
            let values: [[f64; N]; UNROLL] = [values(0), values(1), values(2), values(3)];
            for (n, sums) in sums.iter_mut().enumerate() {
                sums[lane] += (values[0][n] + values[1][n]) + (values[2][n] + values[3][n]);
            }
        }
    }
    let (a_rows, b_rows) = (a_rest.as_chunks::<LANES>(), b_rest.as_chunks::<LANES>());
    for (a, b) in a_rows.0.iter().zip(b_rows.0) {
        for lane in 0..LANES {
            let values = f(a[lane].real(), b[lane].real());
            sums.iter_mut().zip(values).for_each(|(sums, value)| sums[lane] += value);
        }
    }
    let mut rest = [0.0; N];
    for (x, y) in a_rows.1.iter().zip(b_rows.1) {
        let values = f(x.real(), y.real());
        rest.iter_mut().zip(values).for_each(|(rest, value)| *rest += value);
    }
    std::array::from_fn(|n| horizontal_sum(sums[n]) + rest[n])
}

/// The sum of all partial sums.
#[inline(always)]
fn horizontal_sum(mut sums: [f64; LANES]) -> f64 {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0]
}

//! A number of each two rows: inner products and distances of many vectors at once.
//!
//! What is computed is what [`super::pair`] computes. Where a row is stored in single precision, products and sums run
//! in plain double precision: the product of two singles is exact there, so that the sum of a thousand of them is as good
//! as a compensated one up to the last digits, and the loop is as fast as memory. Doubles are summed with
//! compensation, as a tensor statement does.

use crate::kernel::pair::{PairOp, cosine_of, of_slices};
use crate::kernel::reduce::{Compensated, RealNumber, SAFE_SQUARES, sum_zip};
use crate::kernel::{BLOCK, TILE, vectorized};
use crate::tensor::FromData;
use crate::{Control, DType, Error, ExecutionContext, Result, View};

/// The numbers of a batch of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowNumbers {
    /// One for each row.
    pub numbers: Vec<f64>,
    /// Rows without an answer: a cosine with a zero vector. Their number is NaN.
    pub undefined: Vec<usize>,
}

/// One side of the pairs: rows one after the other, or the same vector for all of them.
#[derive(Clone, Copy)]
struct Side<'a, T> {
    data: &'a [T],
    width: usize,
    constant: bool,
}

impl<'a, T: FromData> Side<'a, T> {
    /// A view of shape `[rows, width]`, or `[width]` for all rows.
    fn new(view: &View<'a>, width: usize) -> Option<Side<'a, T>> {
        Some(Side { data: view.contiguous::<T>()?, width, constant: view.shape().rank() == 1 })
    }

    #[inline(always)]
    fn row(&self, at: usize) -> &'a [T] {
        let start = if self.constant { 0 } else { at * self.width };
        &self.data[start..start + self.width]
    }
}

/// The number of each row. Both views are contiguous and of `f32` or `f64`, each of shape `[rows, width]`, or `[width]`
/// when it is the same for all rows.
///
/// # Errors
/// Another dtype or layout; a constant operand in a correlation; cancellation.
pub fn pair_rows(
    op: PairOp,
    a: &View<'_>,
    b: &View<'_>,
    rows: usize,
    context: &ExecutionContext,
) -> Result<RowNumbers> {
    dispatched(op, a, None, b, rows, context.control())
}

/// As [`pair_rows`]; the sums of squares of the rows of `a` may be known.
fn dispatched(
    op: PairOp,
    a: &View<'_>,
    known: Option<&[f64]>,
    b: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<RowNumbers> {
    match (a.dtype(), b.dtype()) {
        (DType::F32, DType::F32) => over::<f32, f32>(op, a, known, b, rows, control),
        (DType::F32, DType::F64) => over::<f32, f64>(op, a, known, b, rows, control),
        (DType::F64, DType::F32) => over::<f64, f32>(op, a, known, b, rows, control),
        (DType::F64, DType::F64) => over::<f64, f64>(op, a, known, b, rows, control),
        (DType::F32 | DType::F64, found) | (found, _) => {
            Err(Error::DTypeMismatch { operation: op.name(), found, rule: "f32 or f64" })
        }
    }
}

fn over<A: RealNumber + FromData, B: RealNumber + FromData>(
    op: PairOp,
    a: &View<'_>,
    known: Option<&[f64]>,
    b: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<RowNumbers> {
    let width = a.shape().dims().last().copied().unwrap_or(0);
    let sides = Side::<A>::new(a, width).zip(Side::<B>::new(b, width));
    let (a, b) =
        sides.ok_or_else(|| Error::argument(op.name(), "rows that do not lie one after the other"))?;
    let mut out = RowNumbers { numbers: Vec::with_capacity(rows), undefined: Vec::new() };
    let step = (TILE / width.max(1)).max(1);
    for first in (0..rows).step_by(step) {
        control.poll()?;
        let range = first..rows.min(first + step);
        match op {
            PairOp::Dot => vectorized(
                #[inline(always)]
                || {
                    for at in range {
                        out.numbers.push(sum(a.row(at), b.row(at), |x, y| x * y));
                    }
                },
            ),
            PairOp::Manhattan => vectorized(
                #[inline(always)]
                || {
                    for at in range {
                        out.numbers.push(sum(a.row(at), b.row(at), |x, y| (x - y).abs()));
                    }
                },
            ),
            PairOp::Euclidean => {
                vectorized(
                    #[inline(always)]
                    || {
                        for at in range.clone() {
                            out.numbers.push(sum(a.row(at), b.row(at), |x, y| (x - y) * (x - y)));
                        }
                    },
                );
                finish_distances(&a, &b, range, control, &mut out)?;
            }
            PairOp::Cosine => cosines(&a, known, &b, range, control, &mut out)?,
            PairOp::Pearson => {
                for at in range {
                    precisely(op, a.row(at), b.row(at), at, control, &mut out)?;
                }
            }
        }
    }
    Ok(out)
}

/// Roots of squared distances; those that overflowed or vanished are computed again, scaled.
fn finish_distances<A: RealNumber + FromData, B: RealNumber + FromData>(
    a: &Side<'_, A>,
    b: &Side<'_, B>,
    range: std::ops::Range<usize>,
    control: &Control,
    out: &mut RowNumbers,
) -> Result<()> {
    for at in range {
        let squares = out.numbers[at];
        out.numbers[at] = if SAFE_SQUARES.contains(&squares) || squares.is_nan() {
            squares.sqrt()
        } else {
            let (left, right) = (wide(a.row(at)), wide(b.row(at)));
            of_slices(PairOp::Euclidean, &left, &right, control)?.unwrap_or(f64::NAN)
        };
    }
    Ok(())
}

/// The sum of squares of each row, for [`cosines_with_squares`]. The view is contiguous, of `f32` or `f64`, of shape `[rows, width]`.
///
/// # Errors
/// Another dtype or layout; cancellation.
pub fn squares_of_rows(view: &View<'_>, rows: usize, control: &Control) -> Result<Vec<f64>> {
    match view.dtype() {
        DType::F32 => squares_over::<f32>(view, rows, control),
        DType::F64 => squares_over::<f64>(view, rows, control),
        found => Err(Error::DTypeMismatch { operation: "norms", found, rule: "f32 or f64" }),
    }
}

fn squares_over<T: RealNumber + FromData>(
    view: &View<'_>,
    rows: usize,
    control: &Control,
) -> Result<Vec<f64>> {
    let width = view.shape().dims().last().copied().unwrap_or(0);
    let side = Side::<T>::new(view, width)
        .ok_or_else(|| Error::argument("norms", "rows that do not lie one after the other"))?;
    let mut all = Vec::with_capacity(rows);
    let step = (TILE / width.max(1)).max(1);
    for first in (0..rows).step_by(step) {
        control.poll()?;
        vectorized(
            #[inline(always)]
            || (first..rows.min(first + step)).for_each(|at| all.push(squares(side.row(at)))),
        );
    }
    Ok(all)
}

/// The cosine of each row of `a`, of shape `[rows, width]`, with the vector `b`, to the last bit as [`pair_rows`] gives it.
/// `known` are the rows' sums of squares, so that each row is read for its inner product alone.
///
/// # Errors
/// Another dtype or layout; cancellation.
pub fn cosines_with_squares(
    a: &View<'_>,
    known: &[f64],
    b: &View<'_>,
    control: &Control,
) -> Result<RowNumbers> {
    dispatched(PairOp::Cosine, a, Some(known), b, known.len(), control)
}

/// Cosines. The norm of a side that is the same for all rows is computed once. Where the sums of squares of the left rows are not
/// known, each row is read once for its inner product and its norm.
fn cosines<A: RealNumber + FromData, B: RealNumber + FromData>(
    a: &Side<'_, A>,
    known: Option<&[f64]>,
    b: &Side<'_, B>,
    range: std::ops::Range<usize>,
    control: &Control,
    out: &mut RowNumbers,
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
            || match (known.map(|squares| squares[at]).or(constant_left), constant_right) {
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
            out.numbers.push(f64::NAN);
        } else if SAFE_SQUARES.contains(&left) && SAFE_SQUARES.contains(&right) {
            out.numbers.push(cosine_of(dot, left, right));
        } else {
            precisely(PairOp::Cosine, x, y, at, control, out)?;
        }
    }
    Ok(())
}

/// One row as a tensor statement computes it.
fn precisely<A: RealNumber, B: RealNumber>(
    op: PairOp,
    a: &[A],
    b: &[B],
    at: usize,
    control: &Control,
    out: &mut RowNumbers,
) -> Result<()> {
    let number = of_slices(op, &wide(a), &wide(b), control)?;
    if number.is_none() {
        out.undefined.push(at);
    }
    out.numbers.push(number.unwrap_or(f64::NAN));
    Ok(())
}

fn wide<T: RealNumber>(slice: &[T]) -> Vec<f64> {
    slice.iter().map(|x| x.real()).collect()
}

#[inline(always)]
fn squares<T: RealNumber>(row: &[T]) -> f64 {
    sum(row, row, |x, y| x * y)
}

/// The sum of what `f` makes of each pair of elements.
#[inline(always)]
fn sum<A: RealNumber, B: RealNumber>(a: &[A], b: &[B], f: impl Fn(f64, f64) -> f64 + Copy) -> f64 {
    let [sum] = sums(a, b, |x, y| [f(x, y)]);
    sum
}

/// The sums of the numbers that `f` makes of each pair of elements, each as if it were summed alone.
#[inline(always)]
fn sums<A: RealNumber, B: RealNumber, const N: usize>(
    a: &[A],
    b: &[B],
    f: impl Fn(f64, f64) -> [f64; N] + Copy,
) -> [f64; N] {
    if size_of::<A>() == 8 && size_of::<B>() == 8 {
        // Block by block as for one tensor, so that the result is the same to the last bit.
        let mut totals = [Compensated::default(); N];
        for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
            for (n, total) in totals.iter_mut().enumerate() {
                *total = total.merge(sum_zip(a, b, |x: A, y: B| f(x.real(), y.real())[n]));
            }
        }
        return totals.map(Compensated::value);
    }
    lanes(a, b, f)
}

/// Independent sums side by side, which vector registers hold.
const LANES: usize = 32;

/// Rows of [`LANES`] numbers that are added up before they are added to the sums.
const TOGETHER: usize = 4;

#[inline(always)]
fn lanes<A: RealNumber, B: RealNumber, const N: usize>(
    a: &[A],
    b: &[B],
    f: impl Fn(f64, f64) -> [f64; N],
) -> [f64; N] {
    let mut sums = [[0.0f64; LANES]; N];
    let (a_groups, a_rest) = a.as_chunks::<{ LANES * TOGETHER }>();
    let (b_groups, b_rest) = b.as_chunks::<{ LANES * TOGETHER }>();
    for (a, b) in a_groups.iter().zip(b_groups) {
        for lane in 0..LANES {
            let values = |row: usize| f(a[row * LANES + lane].real(), b[row * LANES + lane].real());
            let values: [[f64; N]; TOGETHER] = [values(0), values(1), values(2), values(3)];
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
    std::array::from_fn(|n| halved(sums[n]) + rest[n])
}

/// The sum of all lanes.
#[inline(always)]
fn halved(mut sums: [f64; LANES]) -> f64 {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0]
}

//! Distances, inner products and correlations of two tensors of equal shape.

mod operands;

use num_complex::{Complex32, Complex64};

pub use operands::DistanceInput;
use operands::Operands;

use crate::kernel::reduce::{Compensated, ComplexNumber, RealNumber, SAFE_SQUARES};
use crate::kernel::{BLOCK, Output, Register, Value, vectorized};
use crate::uninit::write_each;
use crate::{Control, DType, Data, Error, Layout, Result, Shape, View};

/// A distance, inner product or correlation of two tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DistanceOp {
    /// The sum of products.
    Dot,
    /// The cosine of the angle between both, the cosine similarity.
    Cosine,
    /// The Euclidean norm of the difference.
    Euclidean,
    /// The sum of absolute differences.
    Manhattan,
    /// Pearson's correlation coefficient.
    Pearson,
}

impl DistanceOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            DistanceOp::Dot => "DOT",
            DistanceOp::Cosine => "SIMILARITY",
            DistanceOp::Euclidean => "DISTANCE",
            DistanceOp::Manhattan => "L1_DISTANCE",
            DistanceOp::Pearson => "CORRELATE",
        }
    }
}

/// Computes a distance as a tensor of shape `[]`. Both inputs have the same shape and dtype.
///
/// # Errors
/// A zero vector in a cosine, a constant operand in a correlation; overflow of an integer sum.
pub fn distance<'c>(
    op: DistanceOp,
    a: DistanceInput<'_>,
    b: DistanceInput<'_>,
    output: Output<'c>,
) -> Result<Value<'c>> {
    let operands = Operands::new(a, b, output);
    match (op, a.dtype()) {
        (DistanceOp::Dot, DType::I64) => scalar_value(output, integer_dot(&operands)?),
        (DistanceOp::Dot, DType::C64) => scalar_value(output, complex_dot::<Complex32>(&operands)?),
        (DistanceOp::Dot, DType::C128) => scalar_value(output, complex_dot::<Complex64>(&operands)?),
        (_, DType::F32) => scalar_value(output, real_distance::<f32>(op, &operands)?),
        (_, DType::F64) => scalar_value(output, real_distance::<f64>(op, &operands)?),
        (_, found) => Err(Error::DTypeMismatch { operation: output.operation, found, rule: "f32 or f64" }),
    }
}

fn scalar_value<'c, T: Register>(output: Output<'c>, number: T) -> Result<Value<'c>> {
    output.produce(&Shape::scalar(), |out| Ok(write_each(out, |_| number)))
}

fn real_distance<T: RealNumber>(op: DistanceOp, operands: &Operands<'_, '_>) -> Result<f64> {
    match op {
        DistanceOp::Dot => {
            let [dot] = operands.sums(
                #[inline(always)]
                |_, x: T, y: T| x.real() * y.real(),
            )?;
            Ok(dot.value())
        }
        DistanceOp::Manhattan => {
            let [sum] = operands.sums(
                #[inline(always)]
                |_, x: T, y: T| (x.real() - y.real()).abs(),
            )?;
            Ok(sum.value())
        }
        DistanceOp::Euclidean => euclidean::<T>(operands),
        DistanceOp::Cosine => cosine::<T>(operands),
        DistanceOp::Pearson => pearson::<T>(operands),
    }
}

/// The distance of two slices of equal length; `None` for a cosine with a zero vector.
///
/// # Errors
/// A constant operand in a correlation; cancellation.
pub(super) fn slice_distance(op: DistanceOp, a: &[f64], b: &[f64], control: &Control) -> Result<Option<f64>> {
    let view = |slice| View { data: Data::F64(slice), layout: Layout::contiguous(Shape::new(&[a.len()])) };
    let (left, right) = (view(a), view(b));
    let (a, b) = (DistanceInput::View(&left), DistanceInput::View(&right));
    let operands = Operands { a, b, len: left.len(), threads: 1, control, operation: op.name() };
    match op {
        DistanceOp::Cosine => Ok(match centered_cosine::<f64>(&operands, [0.0, 0.0])? {
            Cosine::Value(cosine) => Some(cosine),
            Cosine::ZeroLeft | Cosine::ZeroRight => None,
        }),
        op => real_distance::<f64>(op, &operands).map(Some),
    }
}

fn euclidean<T: RealNumber>(operands: &Operands<'_, '_>) -> Result<f64> {
    let [squares] = operands.sums(
        #[inline(always)]
        |_, x: T, y: T| {
            let distance = x.real() - y.real();
            distance * distance
        },
    )?;
    let squares = squares.value();
    if SAFE_SQUARES.contains(&squares) || squares.is_nan() {
        return Ok(squares.sqrt());
    }
    let largest = operands.largest(|x: T, y: T| (x.real() - y.real()).abs())?;
    if largest == 0.0 || !largest.is_finite() {
        return Ok(largest);
    }
    let scale = scale_for(largest);
    let [squares] = operands.sums(
        #[inline(always)]
        |_, x: T, y: T| {
            let distance = (x.real() - y.real()) * scale;
            distance * distance
        },
    )?;
    Ok(squares.value().sqrt() / scale)
}

/// A power of two that scales numbers up to `largest` so that their squares neither overflow nor underflow.
fn scale_for(largest: f64) -> f64 {
    const SMALL: f64 = 2.409_919_865_102_884e-181; // 2^-600
    if largest > 1e140 {
        SMALL
    } else if largest < 1e-130 {
        1.0 / SMALL
    } else {
        1.0
    }
}

fn cosine<T: RealNumber>(operands: &Operands<'_, '_>) -> Result<f64> {
    let zero = |operand: &str| {
        Error::domain(
            operands.operation,
            format!("the {operand} operand is a zero vector, which has no direction"),
        )
    };
    match centered_cosine::<T>(operands, [0.0, 0.0])? {
        Cosine::Value(cosine) => Ok(cosine),
        Cosine::ZeroLeft => Err(zero("first")),
        Cosine::ZeroRight => Err(zero("second")),
    }
}

fn pearson<T: RealNumber>(operands: &Operands<'_, '_>) -> Result<f64> {
    if operands.len < 2 {
        return Err(Error::domain(
            operands.operation,
            format!("both operands must have at least 2 elements, and they have {}", operands.len),
        ));
    }
    let constant = |operand: &str| {
        Error::domain(
            operands.operation,
            format!("the {operand} operand is constant, so it correlates with nothing"),
        )
    };
    let sums = operands.sums(
        #[inline(always)]
        |n, x: T, y: T| if n == 0 { x.real() } else { y.real() },
    )?;
    let means = sums.map(|sum| sum.mean(operands.len));
    match centered_cosine::<T>(operands, means)? {
        Cosine::Value(r) => Ok(r),
        Cosine::ZeroLeft => Err(constant("first")),
        Cosine::ZeroRight => Err(constant("second")),
    }
}

/// The cosine of two vectors, or which of them is zero.
enum Cosine {
    Value(f64),
    ZeroLeft,
    ZeroRight,
}

/// The cosine of both operands, each less its center.
fn centered_cosine<T: RealNumber>(operands: &Operands<'_, '_>, [a, b]: [f64; 2]) -> Result<Cosine> {
    let mut sums = if [a, b] == [0.0, 0.0] {
        dot_and_squared_norms(operands, |x: T| x.real(), |y: T| y.real())?
    } else {
        dot_and_squared_norms(operands, |x: T| x.real() - a, |y: T| y.real() - b)?
    };
    if sums[1..].iter().any(|square| square.is_nan()) {
        return Ok(Cosine::Value(f64::NAN));
    }
    if sums[1..].iter().any(|square| !SAFE_SQUARES.contains(square)) {
        let left = operands.largest(|x: T, _| (x.real() - a).abs())?;
        let right = operands.largest(|_, y: T| (y.real() - b).abs())?;
        if left == 0.0 {
            return Ok(Cosine::ZeroLeft);
        }
        if right == 0.0 {
            return Ok(Cosine::ZeroRight);
        }
        let [left, right] = [left, right].map(scale_for);
        sums = dot_and_squared_norms(operands, |x: T| (x.real() - a) * left, |y: T| (y.real() - b) * right)?;
    }
    let [dot, left, right] = sums;
    Ok(Cosine::Value(cosine_from_dot(dot, left, right)))
}

/// The inner product and both squared norms of the operands mapped by `left` and `right`.
fn dot_and_squared_norms<T: RealNumber>(
    operands: &Operands<'_, '_>,
    left: impl Fn(T) -> f64 + Sync,
    right: impl Fn(T) -> f64 + Sync,
) -> Result<[f64; 3]> {
    let sums = operands.sums(
        #[inline(always)]
        |n, x: T, y: T| match n {
            0 => left(x) * right(y),
            1 => left(x) * left(x),
            _ => right(y) * right(y),
        },
    )?;
    Ok(sums.map(Compensated::value))
}

/// The cosine of an inner product and two squared norms.
///
/// With a single square root the cosine of a vector with itself is exactly 1. If the product of the squared
/// norms is out of range, two square roots are taken.
#[inline(always)]
pub(super) fn cosine_from_dot(dot: f64, left: f64, right: f64) -> f64 {
    let product = left * right;
    let cosine =
        if SAFE_SQUARES.contains(&product) { dot / product.sqrt() } else { dot / left.sqrt() / right.sqrt() };
    cosine.clamp(-1.0, 1.0)
}

fn complex_dot<T: ComplexNumber>(operands: &Operands<'_, '_>) -> Result<Complex64> {
    let [re, im] = operands.sums(
        #[inline(always)]
        |n, x: T, y: T| {
            let product = x.wide() * y.wide();
            if n == 0 { product.re } else { product.im }
        },
    )?;
    Ok(Complex64::new(re.value(), im.value()))
}

/// The exact inner product of integers.
fn integer_dot(operands: &Operands<'_, '_>) -> Result<i64> {
    let sum = operands.fold(
        Some(0i128),
        |sum, a: &[i64], b: &[i64]| {
            let mut blocks = a.chunks(BLOCK).zip(b.chunks(BLOCK));
            blocks.try_fold(sum?, |sum, (a, b)| sum.checked_add(integer_block_dot(a, b)?))
        },
        |left, right| left?.checked_add(right?),
    )?;
    sum.and_then(|sum| i64::try_from(sum).ok())
        .ok_or(Error::IntegerOverflow { operation: operands.operation })
}

/// The inner product of at most [`BLOCK`] integers; `None` if it overflows 128 bits.
///
/// If the bits of the factors show that the sum fits 64 bits, it is computed by SIMD code.
fn integer_block_dot(a: &[i64], b: &[i64]) -> Option<i128> {
    let (bits, sum) = vectorized(
        #[inline(always)]
        || {
            let (mut left, mut right, mut sum) = (0i64, 0i64, 0i64);
            for (&x, &y) in a.iter().zip(b) {
                left |= x ^ (x >> 63);
                right |= y ^ (y >> 63);
                sum = sum.wrapping_add(x.wrapping_mul(y));
            }
            // A magnitude is at most 2 to the power of its bits.
            ((64 - left.leading_zeros()) + (64 - right.leading_zeros()), sum)
        },
    );
    if bits + BLOCK.ilog2() < 63 {
        return Some(i128::from(sum));
    }
    a.iter().zip(b).try_fold(0i128, |sum, (&x, &y)| sum.checked_add(i128::from(x) * i128::from(y)))
}

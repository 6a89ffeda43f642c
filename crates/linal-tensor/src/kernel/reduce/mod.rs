//! Reductions: of all elements, or along one axis.

mod compensated;
mod contiguous_axis;
mod fold;
mod full;
mod minmax;
mod moments;
mod number;
mod producer;
mod strided_axis;
mod sum;
mod variance;

use std::mem::MaybeUninit;

use fold::Fold;
use moments::VarianceKind;

use crate::kernel::{Output, Register, Value};
use crate::uninit::{fill_block, write_each};
use crate::{DType, Error, Result, Shape, View};

pub(crate) use compensated::{Compensated, sum_zip};
pub(crate) use full::fold_all;
pub(crate) use minmax::MinMax;
pub(crate) use moments::{Normed, SAFE_SQUARES, norms};
pub(crate) use number::{ComplexNumber, RealNumber, dispatch_real_or_complex};
pub use producer::{BlockProducer, PRODUCER_BLOCK};

/// A reduction of many elements to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReduceOp {
    /// The sum; 0 without elements.
    Sum,
    /// The product; 1 without elements.
    Prod,
    /// The arithmetic mean; NaN without elements.
    Mean,
    /// The minimum; NaN if an element is NaN.
    Min,
    /// The maximum; NaN if an element is NaN.
    Max,
    /// The index of the first minimum, or of the first NaN.
    ArgMin,
    /// The index of the first maximum, or of the first NaN.
    ArgMax,
    /// Whether any element is true; false without elements.
    Any,
    /// Whether all elements are true; true without elements.
    All,
    /// The Euclidean norm, without overflow or underflow of squares.
    L2Norm,
    /// The mean squared deviation from the mean.
    Variance {
        /// Whether the divisor is the number of elements, instead of one less.
        population: bool,
    },
    /// The square root of the variance.
    Stdev {
        /// Whether the divisor is the number of elements, instead of one less.
        population: bool,
    },
}

impl ReduceOp {
    /// The name in the language.
    pub fn name(self) -> &'static str {
        match self {
            ReduceOp::Sum => "SUM",
            ReduceOp::Prod => "PROD",
            ReduceOp::Mean => "MEAN",
            ReduceOp::Min => "MIN",
            ReduceOp::Max => "MAX",
            ReduceOp::ArgMin => "ARGMIN",
            ReduceOp::ArgMax => "ARGMAX",
            ReduceOp::Any => "ANY",
            ReduceOp::All => "ALL",
            ReduceOp::L2Norm => "L2_NORM",
            ReduceOp::Variance { population: false } => "VARIANCE",
            ReduceOp::Variance { population: true } => "VARIANCE_POP",
            ReduceOp::Stdev { population: false } => "STDEV",
            ReduceOp::Stdev { population: true } => "STDEV_POP",
        }
    }

    /// Whether each element is read once, so that the elements may be produced for this reduction only.
    ///
    /// Along a strided axis a variance computes the means first, and a norm may read a lane again.
    pub fn reads_once(self, axis: Option<usize>, shape: &Shape) -> bool {
        let strided = axis.is_some_and(|axis| producer::Axis::new(shape, axis).is_strided());
        !(strided && matches!(self, ReduceOp::L2Norm | ReduceOp::Variance { .. } | ReduceOp::Stdev { .. }))
    }

    /// Whether the result is undefined without elements.
    pub fn needs_elements(self) -> bool {
        matches!(self, ReduceOp::Min | ReduceOp::Max | ReduceOp::ArgMin | ReduceOp::ArgMax)
    }
}

/// Reduces a view to a tensor of `shape`: the shape of the view without `axis`, or a scalar.
///
/// # Errors
/// Overflow of an integer sum or product; the memory limit; cancellation.
pub fn reduce<'c>(
    op: ReduceOp,
    axis: Option<usize>,
    view: &View<'_>,
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    run(op, dtype, &Job { view, producer: None, axis, shape, output })
}

/// As [`reduce`], of elements of a dtype and shape that are produced block by block, without writing a tensor
/// of them.
///
/// # Errors
/// As [`reduce`], and the errors of the producer.
pub fn reduce_produced<'c>(
    op: ReduceOp,
    axis: Option<usize>,
    producer: &dyn BlockProducer,
    elements: (DType, &Shape),
    result: (DType, &Shape),
    output: Output<'c>,
) -> Result<Value<'c>> {
    let data = crate::dispatch!(elements.0, T => <T as crate::FromData>::wrap(&[]));
    let view = View { data, layout: crate::Layout::contiguous(elements.1.clone()) };
    run(op, result.0, &Job { view: &view, producer: Some(producer), axis, shape: result.1, output })
}

fn run<'c>(op: ReduceOp, dtype: DType, job: &Job<'_, 'c>) -> Result<Value<'c>> {
    match op {
        ReduceOp::Sum => sum_of(job),
        ReduceOp::Prod => product_of(job),
        ReduceOp::Mean => mean_of(job),
        ReduceOp::Min => minmax::<false>(job, dtype),
        ReduceOp::Max => minmax::<true>(job, dtype),
        ReduceOp::ArgMin => arg_minmax::<false>(job),
        ReduceOp::ArgMax => arg_minmax::<true>(job),
        ReduceOp::Any => job.produce::<bool, _, bool>(&minmax::AnyAll { all: false }, Ok),
        ReduceOp::All => job.produce::<bool, _, bool>(&minmax::AnyAll { all: true }, Ok),
        ReduceOp::L2Norm => crate::dispatch!(job.view.dtype(), T => moments::norm::<T>(job)),
        ReduceOp::Variance { population } => variance_of(VarianceKind { population, is_stdev: false }, job),
        ReduceOp::Stdev { population } => variance_of(VarianceKind { population, is_stdev: true }, job),
    }
}

fn sum_of<'c>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    match job.view.dtype() {
        DType::Bool => job.produce::<bool, _, i64>(&sum::IntegerSum, job.to_i64()),
        DType::I64 => job.produce::<i64, _, i64>(&sum::IntegerSum, job.to_i64()),
        DType::F32 => job.produce(&sum::SumOf(f32::real), |sum| Ok(sum.value())),
        DType::F64 => job.produce(&sum::SumOf(f64::real), |sum| Ok(sum.value())),
        DType::C64 => complex_sum::<num_complex::Complex32>(job),
        DType::C128 => complex_sum::<num_complex::Complex64>(job),
    }
}

fn complex_sum<'c, T: ComplexNumber>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    job.produce::<T, _, _>(&sum::ComplexSum, |(re, im)| {
        Ok(num_complex::Complex64::new(re.value(), im.value()))
    })
}

fn product_of<'c>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    match job.view.dtype() {
        DType::Bool => job.produce::<bool, _, i64>(&sum::IntegerProduct, job.to_i64()),
        DType::I64 => job.produce::<i64, _, i64>(&sum::IntegerProduct, job.to_i64()),
        DType::F32 => job.produce::<f32, _, f64>(&sum::Product, Ok),
        DType::F64 => job.produce::<f64, _, f64>(&sum::Product, Ok),
        DType::C64 => job.produce::<num_complex::Complex32, _, _>(&sum::ComplexProduct, Ok),
        DType::C128 => job.produce::<num_complex::Complex64, _, _>(&sum::ComplexProduct, Ok),
    }
}

fn mean_of<'c>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    match job.view.dtype() {
        DType::Bool => moments::integer_mean::<bool>(job),
        DType::I64 => moments::integer_mean::<i64>(job),
        DType::F32 => moments::mean::<f32>(job),
        DType::F64 => moments::mean::<f64>(job),
        DType::C64 => moments::complex_mean::<num_complex::Complex32>(job),
        DType::C128 => moments::complex_mean::<num_complex::Complex64>(job),
    }
}

fn variance_of<'c>(kind: VarianceKind, job: &Job<'_, 'c>) -> Result<Value<'c>> {
    dispatch_real_or_complex!(job.view.dtype(), T =>
        real moments::variance::<T>(kind, job),
        complex moments::complex_variance::<T>(kind, job))
}

fn minmax<'c, const MAX: bool>(job: &Job<'_, 'c>, dtype: DType) -> Result<Value<'c>> {
    dispatch_real_or_complex!(dtype, T =>
        real job.produce::<T, _, T>(&MinMax::<MAX>, Ok),
        complex Err(job.unordered::<T>()))
}

fn arg_minmax<'c, const MAX: bool>(job: &Job<'_, 'c>) -> Result<Value<'c>> {
    dispatch_real_or_complex!(job.view.dtype(), T =>
        real job.produce::<T, _, i64>(&minmax::ArgMinMax::<MAX>, |found| Ok(found.at as i64)),
        complex Err(job.unordered::<T>()))
}

/// A reduction: its input, its axis and its output.
struct Job<'v, 'c> {
    view: &'v View<'v>,
    /// The producer of the elements. With a producer only the dtype and shape of the view are used.
    producer: Option<&'v dyn BlockProducer>,
    axis: Option<usize>,
    shape: &'v Shape,
    output: Output<'c>,
}

impl<'c> Job<'_, 'c> {
    /// Number of elements that are reduced to one result.
    fn lane_len(&self) -> usize {
        self.axis.map_or(self.view.len(), |axis| self.view.shape()[axis])
    }

    /// Writes the result: `finish` of each folded state.
    fn produce<T: Register, F: Fold<T>, O: Register>(
        &self,
        fold: &F,
        finish: impl Fn(F::State) -> Result<O> + Sync,
    ) -> Result<Value<'c>> {
        self.output.produce(self.shape, |out| self.fold(fold, out, finish))
    }

    /// As [`Job::produce`], to scratch memory.
    fn scratch<T: Register, F: Fold<T>, O: Register>(
        &self,
        fold: &F,
        finish: impl Fn(F::State) -> Result<O> + Sync,
    ) -> Result<&'c [O]> {
        let block = self.output.context.scratch(self.output.operation, self.shape.len())?;
        fill_block(block, |out| self.fold(fold, out, finish)).map(|written| &*written)
    }

    fn fold<'o, T: Register, F: Fold<T>, O: Register>(
        &self,
        fold: &F,
        out: &'o mut [MaybeUninit<O>],
        finish: impl Fn(F::State) -> Result<O> + Sync,
    ) -> Result<&'o mut [O]> {
        let context = self.output.context;
        match (self.axis, self.producer) {
            (Some(axis), Some(elements)) => {
                let axis = producer::Axis::new(self.view.shape(), axis);
                producer::fold_axis(fold, elements, axis, context, out, finish)
            }
            (Some(axis), None) => contiguous_axis::fold_axis(fold, self.view, axis, context, out, finish),
            (None, _) => {
                let value = finish(self.fold_one(fold, 0)?)?;
                Ok(write_each(out, |_| value))
            }
        }
    }

    /// The state of the elements of one result.
    fn fold_one<T: Register, F: Fold<T>>(&self, fold: &F, output: usize) -> Result<F::State> {
        let context = self.output.context;
        match (self.producer, self.axis) {
            (Some(elements), None) => producer::fold_all(fold, elements, self.view.len(), context),
            (Some(elements), Some(axis)) => {
                let axis = producer::Axis::new(self.view.shape(), axis);
                producer::fold_single_lane(fold, elements, axis, output, context.control())
            }
            (None, None) => fold_all(fold, self.view, context),
            (None, Some(axis)) => {
                fold_all(fold, &crate::kernel::read::lane(self.view, axis, output), context)
            }
        }
    }

    /// Whether lanes are folded along a strided axis.
    fn is_strided<T: Register>(&self) -> bool {
        self.axis.is_some_and(|axis| match self.producer {
            Some(_) => producer::Axis::new(self.view.shape(), axis).is_strided(),
            None => contiguous_axis::is_strided::<T>(self.view, axis),
        })
    }

    /// Converts an integer that must fit 64 bits.
    fn to_i64(&self) -> impl Fn(i128) -> Result<i64> + Sync + use<> {
        let operation = self.output.operation;
        move |number| i64::try_from(number).map_err(|_| Error::IntegerOverflow { operation })
    }

    /// The error of complex elements without an order. Graph nodes are checked already, so this is for other
    /// callers.
    fn unordered<T: Register>(&self) -> Error {
        Error::DTypeMismatch {
            operation: self.output.operation,
            found: T::DTYPE,
            rule: "real numbers, since complex ones have no order",
        }
    }
}

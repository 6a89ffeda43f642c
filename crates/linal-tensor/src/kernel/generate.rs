//! Generators: the identity, ranges, random numbers.

use std::mem::MaybeUninit;

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use rand_pcg::Pcg64;

use crate::kernel::threads::CostClass;
use crate::kernel::{Output, Register, Value, par_write, par_write_tiles};
use crate::{DType, Error, Result, Scalar, Shape, View};

/// A generator and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Generator {
    /// The identity matrix.
    Eye {
        /// Rows and columns.
        n: usize,
        /// The dtype of the result.
        dtype: DType,
    },
    /// `start + i * step`. The result is `i64` if both numbers are integers, else a float.
    Arange {
        /// The first element.
        start: Scalar,
        /// The distance of adjacent elements.
        step: Scalar,
        /// Number of elements, of [`arange_len`].
        len: usize,
    },
    /// Equally spaced numbers, both ends included.
    Linspace {
        /// The first element.
        start: f64,
        /// The last element.
        stop: f64,
        /// Number of elements.
        n: usize,
        /// `f32` or `f64`.
        dtype: DType,
    },
    /// Uniformly distributed numbers in `[0, 1)`.
    Random {
        /// The shape of the result.
        shape: Shape,
        /// Equal seeds give equal numbers, on any number of threads.
        seed: u64,
        /// `f32` or `f64`.
        dtype: DType,
    },
    /// Numbers of the standard normal distribution.
    Randn {
        /// The shape of the result.
        shape: Shape,
        /// Equal seeds give equal numbers, on any number of threads.
        seed: u64,
        /// `f32` or `f64`.
        dtype: DType,
    },
}

impl Generator {
    /// The name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Generator::Eye { .. } => "EYE",
            Generator::Arange { .. } => "ARANGE",
            Generator::Linspace { .. } => "LINSPACE",
            Generator::Random { .. } => "RANDOM",
            Generator::Randn { .. } => "RANDN",
        }
    }

    /// The shape of the result.
    pub fn shape(&self) -> Shape {
        match self {
            Generator::Eye { n, .. } => Shape::new(&[*n, *n]),
            Generator::Arange { len, .. } => Shape::new(&[*len]),
            Generator::Linspace { n, .. } => Shape::new(&[*n]),
            Generator::Random { shape, .. } | Generator::Randn { shape, .. } => shape.clone(),
        }
    }

    /// The dtype of the result.
    pub fn dtype(&self) -> DType {
        match self {
            Generator::Arange { start, step, .. } => start.dtype().promote(step.dtype()).to_number(),
            Generator::Eye { dtype, .. }
            | Generator::Linspace { dtype, .. }
            | Generator::Random { dtype, .. }
            | Generator::Randn { dtype, .. } => *dtype,
        }
    }
}

/// The number of elements `start`, `start + step`, ... before `stop`.
///
/// # Errors
/// A step of zero, numbers that are not real and finite, more numbers than memory can hold.
pub fn arange_len(start: Scalar, stop: Scalar, step: Scalar) -> Result<usize> {
    for number in [start, stop, step] {
        if number.dtype().is_complex() {
            return Err(Error::DTypeMismatch {
                operation: "ARANGE",
                found: number.dtype(),
                rule: "real numbers",
            });
        }
        if !number.to_f64().is_finite() {
            return Err(Error::argument("ARANGE", format!("{} is not finite", number.to_f64())));
        }
    }
    if step.to_f64() == 0.0 {
        return Err(Error::argument("ARANGE", "the step is 0"));
    }
    let is_integer = [start, stop, step].iter().all(|number| number.dtype().is_exact());
    let len = if is_integer { integer_len(start, stop, step) } else { float_len(start, stop, step) };
    len.ok_or_else(|| {
        let [start, stop, step] = [start, stop, step].map(Scalar::to_f64);
        Error::argument("ARANGE", format!("{start:?} to {stop:?} in steps of {step:?} has too many elements"))
    })
}

fn integer_len(start: Scalar, stop: Scalar, step: Scalar) -> Option<usize> {
    let [start, stop, step] = [start.to_i64()?, stop.to_i64()?, step.to_i64()?].map(i128::from);
    let (distance, step) = if step > 0 { (stop - start, step) } else { (start - stop, -step) };
    if distance <= 0 {
        return Some(0);
    }
    fits((distance - 1) / step + 1)
}

fn float_len(start: Scalar, stop: Scalar, step: Scalar) -> Option<usize> {
    let len = ((stop.to_f64() - start.to_f64()) / step.to_f64()).ceil();
    // The cast saturates: a length that exceeds i128 exceeds memory too.
    fits(if len > 0.0 { len as i128 } else { 0 })
}

/// The length, if it does not exceed the address space.
fn fits(len: i128) -> Option<usize> {
    usize::try_from(len).ok().filter(|&len| isize::try_from(len).is_ok())
}

/// Runs the generator.
///
/// # Errors
/// The memory limit; cancellation.
pub fn run<'c>(
    generator: &Generator,
    _inputs: &[View<'_>],
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
) -> Result<Value<'c>> {
    match (generator, dtype) {
        (Generator::Eye { n, .. }, _) => crate::dispatch!(dtype, T => eye::<T>(*n, shape, output)),
        (Generator::Arange { start, step, .. }, DType::I64) => {
            let (start, step) = (start.to_i64().unwrap_or(0), step.to_i64().unwrap_or(0));
            // Every element lies between start and stop, so the result does not overflow; the product may.
            generate(shape, output, |i| start.wrapping_add(step.wrapping_mul(i as i64)))
        }
        (Generator::Arange { start, step, .. }, _) => {
            let (start, step) = (start.to_f64(), step.to_f64());
            floats(shape, dtype, output, |i| start + i as f64 * step)
        }
        (Generator::Linspace { start, stop, n, .. }, _) => {
            let spacing = Spacing::new(*start, *stop, *n);
            floats(shape, dtype, output, |i| spacing.at(i))
        }
        (Generator::Random { seed, .. }, DType::F32) => draw::<f32, _>(shape, *seed, StandardUniform, output),
        (Generator::Random { seed, .. }, _) => draw::<f64, _>(shape, *seed, StandardUniform, output),
        (Generator::Randn { seed, .. }, DType::F32) => draw::<f32, _>(shape, *seed, StandardNormal, output),
        (Generator::Randn { seed, .. }, _) => draw::<f64, _>(shape, *seed, StandardNormal, output),
    }
}

/// Equally spaced numbers, both ends included.
#[derive(Clone, Copy)]
pub(crate) struct Spacing {
    start: f64,
    stop: f64,
    step: f64,
    last: usize,
}

impl Spacing {
    /// `n` numbers from `start` to `stop`.
    pub(crate) fn new(start: f64, stop: f64, n: usize) -> Spacing {
        let last = n.saturating_sub(1);
        Spacing { start, stop, step: (stop - start) / last as f64, last }
    }

    /// The number at an index; the ends are exact.
    #[inline(always)]
    pub(crate) fn at(self, index: usize) -> f64 {
        if index == 0 {
            self.start
        } else if index == self.last {
            self.stop
        } else {
            self.start + index as f64 * self.step
        }
    }
}

fn eye<'c, T: Register>(n: usize, shape: &Shape, output: Output<'c>) -> Result<Value<'c>> {
    let one = Scalar::Bool(true).convert(T::DTYPE).and_then(T::from_scalar).unwrap_or_default();
    // The indices of the diagonal are the multiples of n + 1.
    generate(shape, output, |i| if i.is_multiple_of(n + 1) { one } else { T::default() })
}

/// Computes in double precision and rounds once.
fn floats<'c>(
    shape: &Shape,
    dtype: DType,
    output: Output<'c>,
    value: impl Fn(usize) -> f64 + Sync,
) -> Result<Value<'c>> {
    match dtype {
        DType::F32 => generate(shape, output, |i| value(i) as f32),
        _ => generate(shape, output, value),
    }
}

fn generate<'c, T: Register>(
    shape: &Shape,
    output: Output<'c>,
    value: impl Fn(usize) -> T + Sync,
) -> Result<Value<'c>> {
    let control = output.context.control();
    output.produce(shape, |out| {
        par_write(output.context, CostClass::Simple.cost(), out, |start, tile| {
            control.poll()?;
            Ok(crate::uninit::write_each(tile, |i| value(start + i)))
        })
    })
}

fn draw<'c, T, D>(shape: &Shape, seed: u64, distribution: D, output: Output<'c>) -> Result<Value<'c>>
where
    T: Register,
    D: Distribution<T> + Copy + Sync,
{
    let control = output.context.control();
    output.produce(shape, |out: &mut [MaybeUninit<T>]| {
        par_write_tiles(output.context, CostClass::Random.cost(), out, |start, tile| {
            control.poll()?;
            let mut rng = tile_rng(seed, start);
            Ok(crate::uninit::write_each(tile, |_| rng.sample(distribution)))
        })
    })
}

/// The generator of a tile. Each tile has its own, so the numbers do not depend on the threads.
fn tile_rng(seed: u64, start: usize) -> Pcg64 {
    // An odd multiplier separates the tiles of a seed, and the mix keeps adjacent seeds from sharing tiles.
    Pcg64::seed_from_u64(mix(seed).wrapping_add((start as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// The finaliser of SplitMix64: a bijection in which each input bit changes half of the output bits on
/// average.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

//! Two operands that are read together.

use crate::kernel::reduce::{BlockProducer, Compensated, sum_zip};
use crate::kernel::threads::{CostClass, gather_cost, par_map, threads_for};
use crate::kernel::{BLOCK, Output, Register, TILE, read, vectorized};
use crate::uninit::as_uninit;
use crate::{Control, DType, Result, View};

/// An input of a distance.
#[derive(Clone, Copy)]
pub enum DistanceInput<'v> {
    /// A tensor.
    View(&'v View<'v>),
    /// A producer of elements, their dtype and their number. They are produced again if squares leave the
    /// range of f64, and for a correlation.
    Produced(&'v dyn BlockProducer, DType, usize),
}

impl<'v> DistanceInput<'v> {
    /// The dtype of the elements.
    pub fn dtype(self) -> DType {
        match self {
            DistanceInput::View(view) => view.dtype(),
            DistanceInput::Produced(_, dtype, _) => dtype,
        }
    }

    fn len(self) -> usize {
        match self {
            DistanceInput::View(view) => view.len(),
            DistanceInput::Produced(_, _, len) => len,
        }
    }

    /// Picoseconds per element to read or produce it.
    fn cost(self) -> usize {
        match self {
            DistanceInput::View(view) => gather_cost(view),
            DistanceInput::Produced(producer, ..) => producer.cost(),
        }
    }

    fn contiguous<T: Register>(self) -> Option<&'v [T]> {
        match self {
            DistanceInput::View(view) => view.contiguous::<T>(),
            DistanceInput::Produced(..) => None,
        }
    }

    fn prepare(self, start: usize, len: usize) {
        if let DistanceInput::Produced(producer, ..) = self {
            producer.prepare(start, len);
        }
    }

    /// The elements `start .. start + len`, at most [`BLOCK`] of them.
    fn block<'b, T: Register>(self, start: usize, len: usize, buffer: &'b mut [T; BLOCK]) -> Result<&'b [T]>
    where
        'v: 'b,
    {
        match self {
            DistanceInput::View(view) => Ok(read::block(view, start, len, buffer)),
            DistanceInput::Produced(producer, ..) => {
                let block = &mut buffer[..len];
                producer.write(start, T::block(as_uninit(block)))?;
                Ok(block)
            }
        }
    }
}

/// Two operands of one shape, read together.
pub(super) struct Operands<'v, 'c> {
    pub a: DistanceInput<'v>,
    pub b: DistanceInput<'v>,
    pub len: usize,
    pub threads: usize,
    pub control: &'c Control,
    pub operation: &'static str,
}

impl<'v, 'c> Operands<'v, 'c> {
    pub fn new(a: DistanceInput<'v>, b: DistanceInput<'v>, output: Output<'c>) -> Operands<'v, 'c> {
        let len = a.len();
        let cost = a.cost() + b.cost() + CostClass::Distance.cost_of(a.dtype());
        let threads = threads_for(output.context, len, cost);
        Operands { a, b, len, threads, control: output.context.control(), operation: output.operation }
    }

    /// The sums, for each `n`, of `f(n, x, y)` over all pairs of elements.
    ///
    /// Each block is summed once for each `n`, of which there are at most 3, while it is in the L1 cache.
    pub fn sums<T: Register, const N: usize>(
        &self,
        f: impl Fn(usize, T, T) -> f64 + Sync,
    ) -> Result<[Compensated; N]> {
        let step = |mut sums: [Compensated; N], a: &[T], b: &[T]| {
            vectorized(
                #[inline(always)]
                || {
                    for (a, b) in a.chunks(BLOCK).zip(b.chunks(BLOCK)) {
                        // Unrolled by hand, so that `n` is a constant in each loop.
                        sums[0] = block_sum(sums[0], a, b, 0, &f);
                        if N > 1 {
                            sums[1] = block_sum(sums[1], a, b, 1, &f);
                        }
                        if N > 2 {
                            sums[2] = block_sum(sums[2], a, b, 2, &f);
                        }
                    }
                    sums
                },
            )
        };
        let merge = |left: [Compensated; N], right: [Compensated; N]| {
            std::array::from_fn(|n| left[n].merge(right[n]))
        };
        self.fold([Compensated::default(); N], step, merge)
    }

    /// The maximum of `f` over all pairs of elements; 0 without elements.
    pub fn largest<T: Register>(&self, f: impl Fn(T, T) -> f64 + Sync) -> Result<f64> {
        let step =
            |largest, a: &[T], b: &[T]| a.iter().zip(b).map(|(&x, &y)| f(x, y)).fold(largest, f64::max);
        self.fold(0.0, step, f64::max)
    }

    /// Folds tiles of both, and merges the results in order, so that the result does not depend on the
    /// threads.
    pub fn fold<T: Register, R: Copy + Send + Sync>(
        &self,
        start: R,
        step: impl Fn(R, &[T], &[T]) -> R + Sync,
        merge: impl Fn(R, R) -> R,
    ) -> Result<R> {
        let tile = |i: usize| -> Result<R> {
            self.control.poll()?;
            let from = i * TILE;
            self.fold_tile(from, TILE.min(self.len - from), start, &step)
        };
        if self.len <= TILE {
            return tile(0);
        }
        let count = self.len.div_ceil(TILE);
        let parts = par_map(self.threads, count, tile)?;
        Ok(parts.into_iter().fold(start, merge))
    }

    fn fold_tile<T: Register, R: Copy>(
        &self,
        from: usize,
        len: usize,
        start: R,
        step: &impl Fn(R, &[T], &[T]) -> R,
    ) -> Result<R> {
        if let (Some(a), Some(b)) = (self.a.contiguous::<T>(), self.b.contiguous::<T>()) {
            return Ok(step(start, &a[from..from + len], &b[from..from + len]));
        }
        self.a.prepare(from, len);
        self.b.prepare(from, len);
        let (mut left, mut right) = ([T::default(); BLOCK], [T::default(); BLOCK]);
        let mut state = start;
        for at in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - at);
            let a = self.a.block(at, len, &mut left)?;
            let b = self.b.block(at, len, &mut right)?;
            state = step(state, a, b);
        }
        Ok(state)
    }
}

/// Adds `f(n, x, y)` over all pairs of elements of a block to a sum.
#[inline(always)]
fn block_sum<T: Copy>(
    sum: Compensated,
    a: &[T],
    b: &[T],
    n: usize,
    f: &impl Fn(usize, T, T) -> f64,
) -> Compensated {
    sum.merge(sum_zip(
        a,
        b,
        #[inline(always)]
        |x, y| f(n, x, y),
    ))
}

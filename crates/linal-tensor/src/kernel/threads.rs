//! From which size on work is spread over threads.
//!
//! To wake a thread and to wait for it takes some time, which is the same for all kernels. What differs is how long they
//! take for an element: a class says so, and a pass of several operations takes the sum. `examples/thresholds.rs` measures
//! both; `docs/kernels.md` has the table.

use crate::kernel::{BLOCK, TILE};
use crate::{DType, ExecutionContext};

/// Picoseconds of one thread's work from which on two threads were faster by a tenth or more, in every class. Below 100
/// microseconds two were mostly slower, and in between it depended on the class.
const WORTH: usize = 200_000_000;

/// What a kernel does with an element, as far as it decides when a second thread is worth its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Neighbours are copied, or made from their place.
    Copy,
    /// Elements that lie apart are copied.
    Gather,
    /// Sums, comparisons, casts, choices: an instruction or a few.
    Simple,
    /// Quotients of floats, and roots.
    Division,
    /// Exponentials, logarithms, sines: polynomials in vector code.
    Function,
    /// Powers and remainders, and quotients of integers.
    Power,
    /// Functions that the standard library computes one by one, as those of complex numbers.
    Scalar,
    /// Sums, extremes, and whatever else folds elements in one pass.
    Reduction,
    /// Variances.
    Spread,
    /// Inner products and distances: two tensors in one pass.
    Pair,
    /// Running sums with compensation.
    Scan,
    /// One level of a sort: the element is compared, and moved or not.
    Sort,
    /// A bin is found.
    Histogram,
    /// A random number is drawn.
    Random,
    /// A multiplication and an addition of a product of matrices.
    Product,
}

impl Class {
    /// Picoseconds that one thread takes for an element of 8 bytes. Each is beside what was measured over the number of
    /// elements from which on two threads were faster by a tenth: the time on one thread, and on two.
    pub const fn cost(self) -> usize {
        match self {
            Class::Copy => 200,       // 2^20: 398 us, 283 us (2^19: 115 us, 195 us)
            Class::Gather => 700,     // with a sum, 2^18: 281 us, 212 us (2^17: 146 us, 187 us)
            Class::Simple => 350,     // 2^19: 173 us, 137 us (2^18: 73 us, 84 us)
            Class::Division => 370,   // 2^19: 197 us, 160 us (2^18: 91 us, 86 us)
            Class::Function => 1000,  // 2^18: 275 us, 205 us (2^17: 132 us, 121 us)
            Class::Power => 4200,     // 2^16: 267 us, 194 us (2^15: 134 us, 149 us)
            Class::Scalar => 22_000,  // 2^13: 179 us, 156 us (2^12: 85 us, 90 us)
            Class::Reduction => 120,  // 2^21: 773 us, 651 us (2^20: 104 us, 94 us)
            Class::Spread => 290,     // 2^19: 149 us, 120 us (2^18: 76 us, 115 us)
            Class::Pair => 270,       // 2^19: 121 us, 103 us (2^18: 59 us, 68 us)
            Class::Scan => 4300,      // 2^15: 130 us, 109 us (2^14: 71 us, 85 us)
            Class::Sort => 800,       // 2^17 elements: 2051 us, 1671 us (2^16: 918 us, 855 us)
            Class::Histogram => 2000, // 2^17: 679 us, 573 us (2^16: 258 us, 250 us)
            Class::Random => 3000,    // RANDOM_MEASURED
            Class::Product => 40,     // 181^3: 235 us, 175 us (128^3: 81 us, 90 us)
        }
    }

    /// As [`Class::cost`], for elements of other sizes: vectors hold more of the smaller ones, and memory, too.
    pub const fn cost_of(self, dtype: DType) -> usize {
        match self {
            Class::Scalar => self.cost(),
            _ => self.cost() * dtype.size() / 8,
        }
    }

    /// Elements of 8 bytes from which on a kernel of this class alone is spread over threads.
    pub const fn parallel_from(self) -> usize {
        WORTH.div_ceil(self.cost())
    }
}

/// Whether work over some elements, each of which takes `cost` picoseconds, is spread over threads.
#[inline]
pub(crate) fn shared(context: &ExecutionContext, elements: usize, cost: usize) -> bool {
    context.threads() > 1 && (elements.saturating_mul(cost) >= WORTH || context.shares_all())
}

/// Elements of a part of work that is spread over threads, where parts may have any size: some for each thread, so that
/// one that comes late takes fewer of them.
pub(crate) fn part(context: &ExecutionContext, elements: usize) -> usize {
    const EACH: usize = 4;
    elements.div_ceil(EACH * context.threads()).next_multiple_of(BLOCK).clamp(BLOCK, TILE)
}

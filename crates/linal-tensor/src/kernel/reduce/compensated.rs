//! Sums that keep what rounding takes away.

/// A sum of doubles and the sum of its rounding errors: together about twice the digits of a double.
///
/// Each addition notes its error exactly (Knuth's two-sum), so the result is as good as rounding the true sum
/// once, for any data whose sum is not the difference of far larger numbers. It has no branch, and costs less than
/// loading the data from memory does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compensated {
    sum: f64,
    errors: f64,
}

impl Compensated {
    /// Adds a number.
    #[inline(always)]
    pub(crate) fn add(self, x: f64) -> Compensated {
        let (sum, error) = two_sum(self.sum, x);
        Compensated { sum, errors: self.errors + error }
    }

    /// Adds another sum.
    #[inline(always)]
    pub(crate) fn merge(self, other: Compensated) -> Compensated {
        let both = self.add(other.sum);
        Compensated { errors: both.errors + other.errors, ..both }
    }

    /// The sum, rounded once. An infinite sum has no error worth adding.
    #[inline(always)]
    pub(crate) fn value(self) -> f64 {
        if self.sum.is_finite() { self.sum + self.errors } else { self.sum }
    }

    /// The sum over a count: equal numbers have exactly that number as their mean. NaN of nothing.
    #[inline]
    pub(crate) fn mean(self, count: usize) -> f64 {
        let n = count as f64;
        let mean = self.sum / n;
        if !mean.is_finite() {
            return mean;
        }
        // What the quotient left over is exact under a fused multiplication.
        let left = (-mean).mul_add(n, self.sum) + self.errors;
        mean + left / n
    }
}

/// The rounded sum, and the exact error of the rounding.
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    (sum, (a - (sum - b_seen)) + (b - b_seen))
}

/// Independent sums side by side, so that an addition need not wait for the one before.
const LANES: usize = 16;

/// [`LANES`] compensated sums, as two arrays: what vector registers hold.
#[derive(Clone, Copy)]
struct Sums {
    sums: [f64; LANES],
    errors: [f64; LANES],
}

impl Sums {
    /// Adds a number to each sum. One loop a step, so that each becomes a vector instruction.
    #[inline(always)]
    fn add(&mut self, x: [f64; LANES]) {
        let before = self.sums;
        let (mut seen, mut kept) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            self.sums[lane] = before[lane] + x[lane];
        }
        for lane in 0..LANES {
            seen[lane] = self.sums[lane] - before[lane];
        }
        for lane in 0..LANES {
            kept[lane] = self.sums[lane] - seen[lane];
        }
        for lane in 0..LANES {
            self.errors[lane] += (before[lane] - kept[lane]) + (x[lane] - seen[lane]);
        }
    }

    /// The sum of all, halves upon halves.
    #[inline(always)]
    fn total(mut self) -> Compensated {
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                let (sum, error) = two_sum(self.sums[lane], self.sums[lane + width]);
                self.sums[lane] = sum;
                self.errors[lane] += self.errors[lane + width] + error;
            }
        }
        Compensated { sum: self.sums[0], errors: self.errors[0] }
    }
}

/// Sums what `f` makes of each pair of elements.
#[inline(always)]
pub(crate) fn sum_zip<A: Copy, B: Copy>(a: &[A], b: &[B], f: impl Fn(A, B) -> f64) -> Compensated {
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let mut total = Compensated::default();
    if a.len() >= LANES {
        let mut sums = Sums { sums: [0.0; LANES], errors: [0.0; LANES] };
        for (a, b) in a_chunks.zip(b_chunks) {
            let mut values = [0.0; LANES];
            for lane in 0..LANES {
                values[lane] = f(a[lane], b[lane]);
            }
            sums.add(values);
        }
        total = sums.total();
    }
    rest.fold(total, |total, (&x, &y)| total.add(f(x, y)))
}

/// Sums what `f` makes of each element.
#[inline(always)]
pub(crate) fn sum_map<T: Copy>(a: &[T], f: impl Fn(T) -> f64) -> Compensated {
    sum_zip(a, a, |x, _| f(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_have_their_number_as_mean() {
        for x in [0.1, 1e-21, 3.3e300, -7.7] {
            let values = [x; 1000];
            let sum = sum_map(&values[..997], |x| x);
            assert_eq!(sum.mean(997), x);
        }
    }

    #[test]
    fn errors_of_rounding_are_kept() {
        let mut values = vec![1e-16; 1_000_000];
        values[0] = 1.0;
        let sum = sum_map(&values, |x| x);
        assert_eq!(sum.value(), 1.0 + 999_999.0 * 1e-16);
    }

    #[test]
    fn infinities_stay() {
        let sum = sum_map(&[1.0, f64::INFINITY, 2.0], |x| x);
        assert_eq!(sum.value(), f64::INFINITY);
        let sum = sum_map(&[f64::NEG_INFINITY, f64::INFINITY], |x| x);
        assert!(sum.value().is_nan());
    }
}

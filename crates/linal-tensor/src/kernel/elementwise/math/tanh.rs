//! The hyperbolic tangent.
//!
//! `tanh |x| = n / (2 - n)` with `n = 1 - e^(-2 |x|) = (1 - 2^k) - 2^k (e^r - 1)`, without cancellation: if
//! `k` is 0 the first term is 0.

use std::f64::consts::{LN_2, LOG2_E};

use super::bits::{Bits, quotient, sum};
use super::exp::{Bounded, expm1_parts, expm1_single};

/// The hyperbolic tangent.
pub trait Tanh: Sized {
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
}

impl Tanh for f64 {
    #[inline(always)]
    fn tanh(self) -> f64 {
        // From 20 on the result rounds to 1.
        let (k, (more, rest)) = expm1_parts((-2.0 * self.abs()).max_or_nan(-40.0));
        let scale = f64::power_of_two(k);
        let (head, small) = sum(1.0, -scale);
        let (n, lost) = sum(head, -(more * scale));
        let n = (n, (lost + small) - rest * scale);
        let (d, lost) = sum(2.0, -n.0);
        quotient(n, (d, lost - n.1)).copysign(self)
    }
}

impl Tanh for f32 {
    #[inline(always)]
    fn tanh(self) -> f32 {
        let x = 2.0 * f64::from((-self.abs()).max_or_nan(-10.0));
        let k = x.nearest(LOG2_E);
        let scale = f64::power_of_two(k);
        let n = (-scale).mul_add(expm1_single(k.mul_add(-LN_2, x)), 1.0 - scale);
        ((n / (2.0 - n)) as f32).copysign(self)
    }
}

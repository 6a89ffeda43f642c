//! Remainders of truncating division.

/// Remainders, for operands in range.
pub trait Remainder: Sized {
    /// Whether [`Remainder::remainder`] is valid: not for infinite and NaN dividends, a divisor of 0, and
    /// quotients above the integers that the float represents exactly.
    fn in_range(self, y: Self) -> bool;

    /// The remainder of `x / y`, with the sign of `x`. Exact, as `%`.
    fn remainder(self, y: Self) -> Self;
}

macro_rules! remainder {
    ($float:ident) => {
        impl Remainder for $float {
            #[inline(always)]
            fn in_range(self, y: $float) -> bool {
                const MAX_EXACT: $float = (1u64 << ($float::MANTISSA_DIGITS - 1)) as $float;
                (self / y).abs() < MAX_EXACT
            }

            #[inline(always)]
            fn remainder(self, y: $float) -> $float {
                let (x, y) = (self.abs(), y.abs());
                // The quotient may be rounded up to the next integer. The difference is exact either way,
                // since it is a multiple of the last place of the smaller operand, and not larger than `y`.
                let times = (x / y).trunc();
                let rest = (-times).mul_add(y, x);
                let rest = if rest < 0.0 { rest + y } else { rest };
                // The product of 0 and an infinite divisor would be NaN.
                (if times == 0.0 { x } else { rest }).copysign(self)
            }
        }
    };
}

remainder!(f32);
remainder!(f64);

//! The order of elements: ascending, NaN last.

use super::quick;
use crate::kernel::PARALLEL_FROM;
use crate::kernel::reduce::RealNumber;
use crate::{Control, Result};

/// Elements with an order.
pub(crate) trait Order: RealNumber {
    /// Whether there is a NaN among the values of the type.
    const HAS_NAN: bool;
}

impl Order for bool {
    const HAS_NAN: bool = false;
}

impl Order for i64 {
    const HAS_NAN: bool = false;
}

impl Order for f32 {
    const HAS_NAN: bool = true;
}

impl Order for f64 {
    const HAS_NAN: bool = true;
}

/// Sorts a lane in place, and gives the number of elements before the first NaN.
pub(crate) fn sort_lane<T: Order>(lane: &mut [T], parallel: bool, control: &Control) -> Result<usize> {
    let numbers = nan_last(lane);
    let parallel = parallel && numbers >= PARALLEL_FROM;
    quick::sort(&mut lane[..numbers], &|a, b| a < b, parallel, control)?;
    Ok(numbers)
}

/// Moves NaN behind the numbers, and gives the number of numbers.
pub(crate) fn nan_last<T: Order>(lane: &mut [T]) -> usize {
    if !T::HAS_NAN {
        return lane.len();
    }
    quick::partition(lane, |x| !x.is_nan())
}

//! Statistics of pairs: covariance, correlation, linear regression.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Builder};
use arrow::buffer::NullBuffer;

use super::fold::{Fold, over_frames};
use super::numbers;
use crate::exec::window::frame::Frames;

/// A statistic of pairs (y, x).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistic {
    CovarianceOfSample,
    CovarianceOfPopulation,
    Correlation,
    Count,
    MeanOfX,
    MeanOfY,
    SquaresOfX,
    SquaresOfY,
    Products,
    Slope,
    Intercept,
    Determination,
}

impl Statistic {
    pub fn of(name: &str) -> Option<Statistic> {
        Some(match name {
            "covar_samp" => Statistic::CovarianceOfSample,
            "covar_pop" => Statistic::CovarianceOfPopulation,
            "corr" => Statistic::Correlation,
            "regr_count" => Statistic::Count,
            "regr_avgx" => Statistic::MeanOfX,
            "regr_avgy" => Statistic::MeanOfY,
            "regr_sxx" => Statistic::SquaresOfX,
            "regr_syy" => Statistic::SquaresOfY,
            "regr_sxy" => Statistic::Products,
            "regr_slope" => Statistic::Slope,
            "regr_intercept" => Statistic::Intercept,
            "regr_r2" => Statistic::Determination,
            _ => return None,
        })
    }

    /// The statistic, as PostgreSQL defines it; `None` where it has no value.
    fn value(self, pairs: &Pairs) -> Option<f64> {
        let Pairs { count, x, y, xx, yy, xy } = *pairs;
        match self {
            Statistic::Count => return Some(count),
            Statistic::CovarianceOfSample => return (count > 1.0).then(|| xy / (count - 1.0)),
            _ if count == 0.0 => return None,
            _ => {}
        }
        let is_constant = |squares: f64| squares == 0.0;
        match self {
            Statistic::Count | Statistic::CovarianceOfSample => None,
            Statistic::CovarianceOfPopulation => Some(xy / count),
            Statistic::Correlation if is_constant(xx) || is_constant(yy) => None,
            // Rounding may exceed the range slightly.
            Statistic::Correlation => Some((xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0)),
            Statistic::MeanOfX => Some(x),
            Statistic::MeanOfY => Some(y),
            Statistic::SquaresOfX => Some(xx),
            Statistic::SquaresOfY => Some(yy),
            Statistic::Products => Some(xy),
            Statistic::Slope | Statistic::Intercept | Statistic::Determination if is_constant(xx) => None,
            Statistic::Slope => Some(xy / xx),
            Statistic::Intercept => Some(y - x * (xy / xx)),
            Statistic::Determination if is_constant(yy) => Some(1.0),
            Statistic::Determination => Some((xy * xy) / (xx * yy)),
        }
    }
}

/// Counts, means, sums of squared deviations, and the sum of their products.
#[derive(Clone, Copy)]
struct Pairs {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

struct Columns<'a> {
    y: &'a [f64],
    x: &'a [f64],
    nulls: Option<NullBuffer>,
}

impl Fold for Columns<'_> {
    type State = Pairs;

    fn empty(&self) -> Pairs {
        Pairs { count: 0.0, x: 0.0, y: 0.0, xx: 0.0, yy: 0.0, xy: 0.0 }
    }

    fn add(&self, state: &mut Pairs, row: usize) {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return;
        }
        let (x, y) = (self.x[row], self.y[row]);
        let (from_x, from_y) = (x - state.x, y - state.y);
        state.count += 1.0;
        state.x += from_x / state.count;
        state.y += from_y / state.count;
        state.xx += from_x * (x - state.x);
        state.yy += from_y * (y - state.y);
        state.xy += from_x * (y - state.y);
    }

    fn join(&self, left: &Pairs, right: &Pairs) -> Pairs {
        if left.count == 0.0 {
            return *right;
        }
        if right.count == 0.0 {
            return *left;
        }
        let count = left.count + right.count;
        let (from_x, from_y) = (right.x - left.x, right.y - left.y);
        let weight = left.count * right.count / count;
        Pairs {
            count,
            x: left.x + from_x * (right.count / count),
            y: left.y + from_y * (right.count / count),
            xx: left.xx + right.xx + from_x * from_x * weight,
            yy: left.yy + right.yy + from_y * from_y * weight,
            xy: left.xy + right.xy + from_x * from_y * weight,
        }
    }
}

/// The statistic of each frame, over the rows in which neither number is NULL.
pub(super) fn statistic(statistic: Statistic, y: &ArrayRef, x: &ArrayRef, frames: &Frames) -> ArrayRef {
    let nulls = NullBuffer::union(y.logical_nulls().as_ref(), x.logical_nulls().as_ref());
    let fold = Columns { y: numbers(y), x: numbers(x), nulls };
    let mut results = Float64Builder::with_capacity(frames.len());
    over_frames(&fold, y.len(), frames, |state| results.append_option(statistic.value(state)));
    Arc::new(results.finish())
}

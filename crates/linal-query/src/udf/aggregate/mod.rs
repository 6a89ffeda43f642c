//! Aggregates over tensor columns, elementwise, and DataFusion's aggregates over numbers.

mod accumulate;
mod bit_xor;
mod cells;
mod decimal_sum;
mod definition;
mod exact_decimal;
mod float_extremes;
mod holistic;
mod quartile;
mod sliding;
pub(super) mod stack;

use std::sync::Arc;

use datafusion::functions_aggregate::approx_distinct::approx_distinct_udaf;
use datafusion::functions_aggregate::{average, median, min_max, stddev, variance};
use datafusion::logical_expr::AggregateUDF;
use linal_tensor::kernel::segment_reduce::SegmentOp;

pub(crate) use self::exact_decimal::{OfSum, exact_decimal};
pub(in crate::udf) use self::holistic::keys;
pub(crate) use self::holistic::of_enums as aggregate_of_enums;

use self::definition::{Finish, TensorAggregate};

use super::temporal::{IntervalFold, for_intervals};

/// All aggregates that take tensor columns. Each replaces DataFusion's aggregate of the same name.
pub(crate) fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    let sum = TensorAggregate::new(
        "sum",
        &[],
        SegmentOp::Sum,
        Finish::Plain,
        Some(for_intervals(decimal_sum::checked_sum(), IntervalFold::Sum)),
    );
    let avg = TensorAggregate::new(
        "avg",
        &["mean"],
        SegmentOp::Mean,
        Finish::Mean,
        Some(for_intervals(average::avg_udaf(), IntervalFold::Mean)),
    );
    let min = TensorAggregate::new(
        "min",
        &[],
        SegmentOp::Min,
        Finish::Plain,
        Some(for_intervals(min_max::min_udaf(), IntervalFold::Min)),
    );
    let max = TensorAggregate::new(
        "max",
        &[],
        SegmentOp::Max,
        Finish::Plain,
        Some(for_intervals(min_max::max_udaf(), IntervalFold::Max)),
    );
    let sample = |root| Finish::Spread { population: false, root };
    let population = |root| Finish::Spread { population: true, root };
    let stdev = TensorAggregate::new(
        "stddev",
        &["stdev", "stddev_samp", "std"],
        SegmentOp::Moments,
        sample(true),
        Some(stddev::stddev_udaf()),
    );
    let stdev_pop = TensorAggregate::new(
        "stddev_pop",
        &["stdev_pop"],
        SegmentOp::Moments,
        population(true),
        Some(stddev::stddev_pop_udaf()),
    );
    let variance = TensorAggregate::new(
        "var",
        &["variance", "var_samp", "var_sample"],
        SegmentOp::Moments,
        sample(false),
        Some(variance::var_samp_udaf()),
    );
    let variance_pop = TensorAggregate::new(
        "var_pop",
        &["variance_pop", "var_population"],
        SegmentOp::Moments,
        population(false),
        Some(variance::var_pop_udaf()),
    );
    let sum_vec = TensorAggregate::new("sum_vec", &[], SegmentOp::Sum, Finish::Plain, None);
    let avg_vec = TensorAggregate::new("avg_vec", &["mean_vec"], SegmentOp::Mean, Finish::Mean, None);
    let folds = [sum, avg, min, max, stdev, stdev_pop, variance, variance_pop, sum_vec, avg_vec];
    let folds = folds.into_iter().map(|fold| Arc::new(AggregateUDF::new_from_impl(fold)));
    folds
        .chain([stack::stack(), bit_xor::bit_xor(), quartile::quartile()])
        .chain([Arc::new(approx_distinct_udaf().as_ref().clone().with_aliases(["approx_count_distinct"]))])
        .chain(holistic::aggregates(for_intervals(median::median_udaf(), IntervalFold::Median)))
        .collect()
}

/// Whether the aggregate of this name folds tensors elementwise.
pub(crate) fn is_tensor_fold(name: &str) -> bool {
    const FOLDS: [&str; 10] =
        ["sum", "avg", "min", "max", "stddev", "stddev_pop", "var", "var_pop", "sum_vec", "avg_vec"];
    FOLDS.contains(&name)
}

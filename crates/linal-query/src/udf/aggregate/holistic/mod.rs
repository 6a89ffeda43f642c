//! Aggregates that see all rows of a group at once, and those of a best row.
//!
//! [`definition`] is the aggregate that DataFusion plans, [`rows`] keeps the rows of a group, and each family computes
//! its statistics from them. An ORDER BY sorts the rows of a group, DISTINCT drops repeated ones.

mod best;
mod coded;
mod counts;
mod definition;
mod extremes;
mod median;
mod numbers;
mod quantile;
mod rows;

use std::sync::Arc;

use datafusion::logical_expr::AggregateUDF;

pub(crate) use self::coded::of_enums;
pub(in crate::udf) use self::rows::keys;

/// All aggregates of this folder; `median` is that of numbers and intervals.
pub(super) fn aggregates(median: Arc<AggregateUDF>) -> Vec<Arc<AggregateUDF>> {
    let median = median::median(median, definition::aggregate(&quantile::MEDIAN));
    let families = [counts::STATISTICS, extremes::STATISTICS, numbers::STATISTICS, quantile::STATISTICS];
    let statistics = families.into_iter().flatten().map(definition::aggregate);
    statistics.chain(best::aggregates()).chain([median]).collect()
}

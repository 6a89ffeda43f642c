//! GREATEST and LEAST of intervals, which are compared by duration.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use linal_dataset::Result;
use linal_store::temporal::compare_key;
use std::sync::Arc;

use super::function::{Calendar, INTERVAL, function};

/// GREATEST.
pub(crate) fn greatest() -> Arc<ScalarUDF> {
    function(Extreme { greatest: true })
}

/// LEAST.
pub(crate) fn least() -> Arc<ScalarUDF> {
    function(Extreme { greatest: false })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Extreme {
    greatest: bool,
}

impl Calendar for Extreme {
    fn name(&self) -> &str {
        if self.greatest { "__interval_greatest" } else { "__interval_least" }
    }

    fn types(&self, args: &[DataType], _: &[Option<&ScalarValue>]) -> Result<(Vec<DataType>, DataType)> {
        Ok((vec![INTERVAL; args.len()], INTERVAL))
    }

    fn ignores_null(&self) -> bool {
        true
    }

    /// NULLs are ignored.
    fn evaluate(&self, args: &[ArrayRef], _: &DataType) -> DfResult<ArrayRef> {
        let rows = args.first().map_or(0, |first| first.len());
        let columns: Vec<&PrimitiveArray<IntervalMonthDayNanoType>> =
            args.iter().map(|array| array.as_primitive()).collect();
        let values = (0..rows).map(|row| -> Option<IntervalMonthDayNano> {
            let known = columns.iter().filter(|column| column.is_valid(row)).map(|column| column.value(row));
            if self.greatest {
                known.max_by_key(|value| compare_key(*value))
            } else {
                known.min_by_key(|value| compare_key(*value))
            }
        });
        Ok(Arc::new(values.collect::<PrimitiveArray<IntervalMonthDayNanoType>>()))
    }
}

//! Window functions that are not aggregates.

mod counted;
mod nth_value;
mod ntile;
mod ranking;
mod shift;

use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::WindowUDF;

use self::nth_value::Nth;
use super::frame::{Frames, Layout};

pub(crate) use self::counted::row_number;
pub(super) use self::shift::Shift;

/// The functions that replace DataFusion's.
pub(crate) fn window_functions() -> Vec<Arc<WindowUDF>> {
    shift::functions().into_iter().chain(counted::functions()).collect()
}

/// A function that the operator supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    Shift { shift: Shift, ignores_nulls: bool },
    Nth { nth: Nth, ignores_nulls: bool },
}

impl Function {
    /// The function of a name; `None` if it is unsupported.
    pub fn of(name: &str, ignores_nulls: bool) -> Option<Function> {
        Some(match name {
            "row_number" => Function::RowNumber,
            "rank" => Function::Rank,
            "dense_rank" => Function::DenseRank,
            "percent_rank" => Function::PercentRank,
            "cume_dist" => Function::CumeDist,
            "ntile" => Function::Ntile,
            "lead" => Function::Shift { shift: Shift::Lead, ignores_nulls },
            "lag" => Function::Shift { shift: Shift::Lag, ignores_nulls },
            "first_value" => Function::Nth { nth: Nth::First, ignores_nulls },
            "last_value" => Function::Nth { nth: Nth::Last, ignores_nulls },
            "nth_value" => Function::Nth { nth: Nth::Numbered, ignores_nulls },
            _ => return None,
        })
    }

    /// Whether rows that are equal in the window's order have different values.
    pub fn tells_ties_apart(self) -> bool {
        match self {
            Function::Rank | Function::DenseRank | Function::PercentRank | Function::CumeDist => false,
            Function::RowNumber | Function::Ntile | Function::Shift { .. } | Function::Nth { .. } => true,
        }
    }

    /// The values for all rows.
    pub fn evaluate(
        self,
        args: &[ArrayRef],
        layout: &Layout,
        frames: impl FnOnce() -> Result<Frames>,
    ) -> Result<ArrayRef> {
        match self {
            Function::RowNumber => Ok(ranking::row_number(layout)),
            Function::Rank => Ok(ranking::rank(layout)),
            Function::DenseRank => Ok(ranking::dense_rank(layout)),
            Function::PercentRank => Ok(ranking::percent_rank(layout)),
            Function::CumeDist => Ok(ranking::cume_dist(layout)),
            Function::Ntile => ntile::ntile(args, layout),
            Function::Shift { shift, ignores_nulls } => shift.evaluate(args, layout, ignores_nulls),
            Function::Nth { nth, ignores_nulls } => nth.evaluate(args, &frames()?, ignores_nulls),
        }
    }
}

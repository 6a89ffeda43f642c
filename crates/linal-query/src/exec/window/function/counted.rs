//! ROW_NUMBER, RANK, DENSE_RANK and NTILE return signed 64-bit integers, as all others are.
//!
//! DataFusion's are unsigned, so that `CASE WHEN b THEN id ELSE ROW_NUMBER() OVER () END` is a decimal of 20
//! digits there.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::functions_window::ntile::ntile_udwf;
use datafusion::functions_window::rank::{dense_rank_udwf, rank_udwf};
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, WindowUDF, WindowUDFImpl};

/// ROW_NUMBER, for plans that number rows.
pub(crate) fn row_number() -> Arc<WindowUDF> {
    static ROW_NUMBER: LazyLock<Arc<WindowUDF>> = LazyLock::new(|| Counted::over(row_number_udwf()));
    ROW_NUMBER.clone()
}

/// All of these functions.
pub(super) fn functions() -> Vec<Arc<WindowUDF>> {
    let others = [rank_udwf(), dense_rank_udwf(), ntile_udwf()];
    std::iter::once(row_number()).chain(others.map(Counted::over)).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Counted {
    inner: Arc<WindowUDF>,
}

impl Counted {
    fn over(inner: Arc<WindowUDF>) -> Arc<WindowUDF> {
        Arc::new(WindowUDF::new_from_impl(Counted { inner }))
    }
}

impl WindowUDFImpl for Counted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        self.inner.partition_evaluator_factory(args)
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        let field = self.inner.field(args)?;
        Ok(Arc::new(Field::new(field.name(), DataType::Int64, field.is_nullable())))
    }
}

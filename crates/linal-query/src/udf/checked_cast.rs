//! Casts to numbers in which a value out of range is an error, or NULL for TRY_CAST.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{DataFusionError, Result as DfResult};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_error::Code;
use linal_store::ColumnType;

use super::error::external;
use super::formula::{named, shown};
use super::over_rows::over_rows;
use linal_dataset::Error;

/// The cast of a column.
pub(super) trait CheckedCast: Debug + Eq + Hash + Send + Sync + 'static {
    /// The name of the function.
    const NAME: &'static str;

    /// Casts to a type; values out of range are NULL if `or_null` is set.
    ///
    /// # Errors [`does_not_fit`], if `or_null` is not set.
    fn cast(from: &ArrayRef, to: &DataType, or_null: bool) -> DfResult<ArrayRef>;
}

/// A cast as a DataFusion function.
pub(super) fn checked_cast<C: CheckedCast>(cast: C, to: DataType, or_null: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(CastFunction { cast, to, or_null, signature }))
}

/// The error for a value out of a type's range.
pub(super) fn does_not_fit(value: &str, to: &DataType) -> DataFusionError {
    let message = format!("{value} does not fit {}", type_name(to));
    external(Error::new(Code::ValueOutOfRange, message).with_help("TRY_CAST gives NULL instead"))
}

fn type_name(to: &DataType) -> ColumnType {
    ColumnType::of(&Field::new("", to.clone(), true))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CastFunction<C> {
    cast: C,
    to: DataType,
    or_null: bool,
    signature: Signature,
}

impl<C> CastFunction<C> {
    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), type_name(&self.to))
    }
}

impl<C: CheckedCast> ScalarUDFImpl for CastFunction<C> {
    fn name(&self) -> &str {
        C::NAME
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&shown(args)))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(self.written(&named(args)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(self.to.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| C::cast(&arrays[0], &self.to, self.or_null))
    }
}

//! Casts of lists, structs, maps, UUIDs and binary data to one another and from and to text.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::cast_value;
use linal_store::ColumnType;
use linal_store::temporal::Zone;

use crate::udf::error::external;
use crate::udf::formula::{named, shown};
use crate::udf::over_rows::over_rows;

/// The function that casts its argument to the type of a field.
pub(crate) fn nested_cast(to: FieldRef, or_null: bool) -> Arc<ScalarUDF> {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(NestedCast { to, or_null, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NestedCast {
    to: FieldRef,
    or_null: bool,
    signature: Signature,
}

impl NestedCast {
    fn written(&self, args: &[String]) -> String {
        let word = if self.or_null { "TRY_CAST" } else { "CAST" };
        format!("{word}({} AS {})", args.join(", "), ColumnType::of(&self.to))
    }
}

impl ScalarUDFImpl for NestedCast {
    fn name(&self) -> &str {
        "__cast_value"
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
        Ok(self.to.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> DfResult<FieldRef> {
        Ok(Arc::new(Field::clone(&self.to).with_name(self.name()).with_nullable(true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let Some(from) = args.arg_fields.first().cloned() else { return internal_err!("a cast of nothing") };
        let zone = args.config_options.execution.time_zone.as_deref().and_then(Zone::parse);
        let zone = zone.unwrap_or_else(Zone::utc);
        over_rows(&args, |arrays| {
            cast_value(&arrays[0], &from, &self.to, &zone, self.or_null).map_err(external)
        })
    }
}

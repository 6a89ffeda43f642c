//! `a << b` and `a >> b` of Int: bits that are lost are an error, as in DuckDB, and not a wrong number.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use linal_dataset::Error;
use linal_error::Code;

use super::error::{external, wrong_arguments};
use super::formula::{named, shown};
use super::over_rows::over_rows;

/// `a << b`.
pub(crate) fn shift_left() -> Arc<ScalarUDF> {
    function(true)
}

/// `a >> b`.
pub(crate) fn shift_right() -> Arc<ScalarUDF> {
    function(false)
}

fn function(is_left: bool) -> Arc<ScalarUDF> {
    let signature = Signature::exact(vec![DataType::Int64; 2], Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Shift { is_left, signature }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Shift {
    is_left: bool,
    signature: Signature,
}

/// The number with its bits moved to the left; `None` if it is negative or bits are lost.
fn left(value: i64, by: i64) -> Option<i64> {
    let by = u32::try_from(by).ok().filter(|by| *by < i64::BITS)?;
    let shifted = value.checked_shl(by)?;
    (value >= 0 && shifted >> by == value).then_some(shifted)
}

/// The number with its bits moved to the right; 0 if none is left.
fn right(value: i64, by: i64) -> i64 {
    u32::try_from(by).ok().and_then(|by| value.checked_shr(by)).unwrap_or(0)
}

impl Shift {
    fn symbol(&self) -> &'static str {
        if self.is_left { " << " } else { " >> " }
    }

    fn compute(&self, arrays: &[ArrayRef]) -> DfResult<ArrayRef> {
        let [values, by] = arrays else {
            return Err(external(wrong_arguments("a shift takes two numbers")));
        };
        let (values, by) = (values.as_primitive::<Int64Type>(), by.as_primitive::<Int64Type>());
        let one = |(value, by): (Option<i64>, Option<i64>)| {
            let (Some(value), Some(by)) = (value, by) else { return Ok(None) };
            if !self.is_left {
                return Ok(Some(right(value, by)));
            }
            left(value, by).map(Some).ok_or_else(|| {
                let message = format!("integer overflow: {value} << {by}");
                external(Error::new(Code::IntegerOverflow, message))
            })
        };
        Ok(Arc::new(values.iter().zip(by.iter()).map(one).collect::<DfResult<Int64Array>>()?))
    }
}

impl ScalarUDFImpl for Shift {
    fn name(&self) -> &str {
        if self.is_left { "__shift_left" } else { "__shift_right" }
    }

    fn display_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(shown(args).join(self.symbol()))
    }

    fn schema_name(&self, args: &[Expr]) -> DfResult<String> {
        Ok(named(args).join(self.symbol()))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        over_rows(&args, |arrays| self.compute(arrays))
    }
}

#[cfg(test)]
mod tests {
    use super::{left, right};

    #[test]
    fn bits_that_are_lost_are_an_error() {
        assert_eq!(left(1, 62), Some(1 << 62));
        assert_eq!(left(1, 63), None);
        assert_eq!(left(1, 64), None);
        assert_eq!(left(3, 62), None);
        assert_eq!(left(-1, 1), None);
        assert_eq!(left(1, -1), None);
        assert_eq!(right(-8, 1), -4);
        assert_eq!(right(8, 64), 0);
        assert_eq!(right(8, -1), 0);
    }
}

//! `__single_value(x)`: the value of a subquery with at most one row.

use std::mem::size_of_val;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;

/// The name of the aggregate.
pub(super) const NAME: &str = "__single_value";

/// The aggregate that returns the only value, NULL for no rows, and an error for two.
pub(super) fn one() -> Arc<AggregateUDF> {
    static ONE: LazyLock<Arc<AggregateUDF>> = LazyLock::new(|| {
        let signature = Signature::any(1, Volatility::Immutable);
        Arc::new(AggregateUDF::new_from_impl(One { signature }))
    });
    ONE.clone()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct One {
    signature: Signature,
}

impl AggregateUDFImpl for One {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        // A field's metadata marks its cells as tensors.
        match fields {
            [field] => Ok(Arc::new(field.as_ref().clone().with_nullable(true))),
            _ => datafusion::common::plan_err!("__single_value takes one value"),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let value = args.return_field.as_ref().clone().with_name(format!("{}[value]", args.name));
        let seen = Field::new(format!("{}[seen]", args.name), DataType::Boolean, false);
        Ok(vec![Arc::new(value.with_nullable(true)), Arc::new(seen)])
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let value = ScalarValue::try_from(args.return_field.data_type())?;
        Ok(Box::new(Only { value, seen: false }))
    }
}

#[derive(Debug)]
struct Only {
    value: ScalarValue,
    seen: bool,
}

impl Only {
    fn take(&mut self, values: &ArrayRef, row: usize) -> Result<()> {
        if std::mem::replace(&mut self.seen, true) {
            return Err(external(too_many_rows()));
        }
        self.value = ScalarValue::try_from_array(values, row)?;
        Ok(())
    }
}

pub(super) fn too_many_rows() -> Error {
    Error::new(Code::QueryFailed, "a subquery that stands for one value has more than one row")
        .with_help("an aggregate such as MAX, or LIMIT 1, makes one of them")
}

impl Accumulator for Only {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(values) = values.first() else { return Ok(()) };
        (0..values.len()).try_for_each(|row| self.take(values, row))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.value.clone())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.value.size()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.value.clone(), ScalarValue::Boolean(Some(self.seen))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [values, seen] = states else {
            return datafusion::common::internal_err!("__single_value keeps a value and a flag");
        };
        let seen = seen.as_boolean();
        (0..values.len()).filter(|row| seen.value(*row)).try_for_each(|row| self.take(values, row))
    }
}

//! A statistic of all rows of a group as DataFusion plans it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature, Volatility,
};
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::ColumnType;

use super::coded;
use super::rows::Rows;
use crate::udf::error::external;

/// A statistic of the rows of a group.
pub(super) struct Statistic {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// Its arguments in messages.
    pub takes: &'static str,
    /// The types that arguments are coerced to; `None` for arguments that it does not take.
    pub coerced: fn(&[DataType]) -> Option<Vec<DataType>>,
    /// The field of the result, for coerced arguments.
    pub result: fn(&[FieldRef]) -> Field,
    /// Which rows count.
    pub skips: Skips,
    /// The result for the rows of a group.
    ///
    /// # Errors Arguments out of their range.
    pub compute: fn(&Group<'_>) -> Result<ScalarValue>,
}

/// Which rows a statistic leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skips {
    /// Those whose first argument is NULL.
    NullFirst,
    /// Those with any NULL among the first two arguments.
    AnyNull,
    /// None.
    Nothing,
}

/// The rows of a group, in the requested order.
pub(super) struct Group<'a> {
    /// The argument columns.
    pub args: &'a [ArrayRef],
    /// The field of the result.
    pub result: &'a FieldRef,
}

impl Group<'_> {
    /// NULL of the result's type.
    pub fn null(&self) -> Result<ScalarValue> {
        ScalarValue::try_from(self.result.data_type())
            .map_err(|error| Error::new(Code::InternalError, error.to_string()))
    }

    pub fn is_empty(&self) -> bool {
        self.args.first().is_none_or(|array| array.is_empty())
    }
}

/// A statistic as an aggregate of DataFusion.
pub(super) fn aggregate(statistic: &'static Statistic) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Holistic {
        statistic,
        aliases: statistic.aliases.iter().map(|alias| (*alias).to_string()).collect(),
        signature: Signature::user_defined(Volatility::Immutable),
    }))
}

struct Holistic {
    statistic: &'static Statistic,
    aliases: Vec<String>,
    signature: Signature,
}

impl std::fmt::Debug for Holistic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.statistic.name)
    }
}

impl PartialEq for Holistic {
    fn eq(&self, other: &Holistic) -> bool {
        self.statistic.name == other.statistic.name
    }
}

impl Eq for Holistic {}

impl Hash for Holistic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.statistic.name.hash(state);
    }
}

/// The name of an aggregate in messages.
pub(super) fn shown(name: &str) -> String {
    name.trim_start_matches('_').trim_end_matches("_n").to_uppercase()
}

impl Holistic {
    fn mismatch(&self, types: &[DataType]) -> Error {
        let given: Vec<String> = types
            .iter()
            .map(|kind| ColumnType::of(&Field::new("", kind.clone(), true)).to_string())
            .collect();
        let message = format!(
            "{} takes {}, not ({})",
            shown(self.statistic.name),
            self.statistic.takes,
            given.join(", ")
        );
        Error::new(Code::WrongArguments, message)
    }
}

impl AggregateUDFImpl for Holistic {
    fn name(&self) -> &str {
        self.statistic.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        (self.statistic.coerced)(types).ok_or_else(|| external(self.mismatch(types)))
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        let field = |kind: &DataType| Arc::new(Field::new("argument", kind.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        Ok(self.return_field(&fields)?.data_type().clone())
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        let field = (self.statistic.result)(fields).with_name(self.name()).with_nullable(true);
        Ok(Arc::new(match coded::of_fields(fields) {
            Some(limit) => coded::marked(&limit, field),
            None => field,
        }))
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        let mut types: Vec<DataType> =
            args.expr_fields.iter().map(|field| field.data_type().clone()).collect();
        let count = types.len();
        let mut order: Vec<SortOptions> = Vec::new();
        for key in args.order_bys {
            types.push(key.expr.data_type(args.schema)?);
            order.push(key.options);
        }
        let limit = coded::of_fields(args.expr_fields);
        let result = args.return_field;
        Ok(Box::new(Rows::new(self.statistic, types, count, order, args.is_distinct, limit, result)))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        let fields = args.input_fields.iter().chain(args.ordering_fields).enumerate();
        let list = |(at, field): (usize, &FieldRef)| -> FieldRef {
            let item = Arc::new(Field::new_list_field(field.data_type().clone(), true));
            let name = format_state_name(args.name, &format!("column{at}"));
            Arc::new(Field::new(name, DataType::List(item), true))
        };
        Ok(fields.map(list).collect())
    }

    /// The rows are sorted when the group is complete.
    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Beneficial
    }

    fn with_beneficial_ordering(self: Arc<Self>, _: bool) -> DfResult<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::NotSupported
    }

    fn default_value(&self, data_type: &DataType) -> DfResult<ScalarValue> {
        ScalarValue::try_from(data_type)
    }
}

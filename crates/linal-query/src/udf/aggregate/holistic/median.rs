//! `MEDIAN(x)`: of numbers and intervals DataFusion's, of times, texts and tensors from all rows of a group.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result as DfResult;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, Volatility,
};

/// The aggregate of the name `median`: `of_numbers` for numbers and intervals, `of_others` for other types.
pub(super) fn median(of_numbers: Arc<AggregateUDF>, of_others: Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(Median { of_numbers, of_others, signature }))
}

#[derive(Debug)]
struct Median {
    of_numbers: Arc<AggregateUDF>,
    of_others: Arc<AggregateUDF>,
    signature: Signature,
}

impl PartialEq for Median {
    fn eq(&self, _: &Median) -> bool {
        true
    }
}

impl Eq for Median {}

impl Hash for Median {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl Median {
    fn of(&self, argument: Option<&DataType>) -> &Arc<AggregateUDF> {
        let is_other = argument.is_some_and(|kind| {
            kind.is_string()
                || matches!(
                    kind,
                    DataType::Date32
                        | DataType::Date64
                        | DataType::Timestamp(..)
                        | DataType::Time32(_)
                        | DataType::Time64(_)
                        | DataType::Boolean
                        | DataType::FixedSizeList(..)
                )
        });
        if is_other { &self.of_others } else { &self.of_numbers }
    }

    fn of_fields(&self, fields: &[FieldRef]) -> &Arc<AggregateUDF> {
        self.of(fields.first().map(|field| field.data_type()))
    }
}

impl AggregateUDFImpl for Median {
    fn name(&self) -> &str {
        "median"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        let field = |kind: &DataType| Arc::new(Field::new("argument", kind.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.of(types.first()).as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        self.of(types.first()).return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        self.of_fields(fields).return_field(fields)
    }

    /// An ORDER BY has no effect, and its keys are not there.
    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        self.of_fields(args.expr_fields).accumulator(AccumulatorArgs { order_bys: &[], ..args })
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        self.of_fields(args.expr_fields).create_sliding_accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.of_fields(args.expr_fields).groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        self.of_fields(args.expr_fields).create_groups_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        self.of_fields(args.input_fields).state_fields(StateFieldsArgs { ordering_fields: &[], ..args })
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

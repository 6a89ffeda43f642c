//! SUM of decimals, exact for intermediate sums of any size; a result beyond the precision of a Decimal is an
//! error.
//!
//! DataFusion sums in 128 bits with wraparound. Decimals with fewer than ten digits to spare are summed in
//! 256 bits here.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Decimal128Array};
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Decimal256Type, DecimalType, Field, FieldRef, i256,
};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
    Volatility,
};
use linal_dataset::Error;
use linal_error::Code;

use crate::udf::error::external;

/// DataFusion's SUM, with this decimal arithmetic.
pub(super) fn checked_sum() -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(CheckedSum { signature }))
}

/// Ten billion decimals of this precision can be added in 128 bits.
const NARROW: u8 = DECIMAL128_MAX_PRECISION - 10;

/// The precision of the wide decimals that are summed instead. No file has decimals of exactly this
/// precision.
const WIDE: u8 = 56;

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    signature: Signature,
}

/// The result type for a sum of such wide decimals; `None` for other arguments.
fn narrowed(fields: &[FieldRef]) -> Option<DataType> {
    match fields {
        [field] => match field.data_type() {
            DataType::Decimal256(WIDE, scale) => Some(DataType::Decimal128(DECIMAL128_MAX_PRECISION, *scale)),
            _ => None,
        },
        _ => None,
    }
}

/// The field of the wide sum.
fn wide(field: &FieldRef) -> FieldRef {
    let DataType::Decimal128(_, scale) = field.data_type() else { return field.clone() };
    let data_type = DataType::Decimal256(WIDE + 10, *scale);
    Arc::new(Field::clone(field).with_data_type(data_type))
}

fn wide_args<'a>(args: AccumulatorArgs<'a>) -> AccumulatorArgs<'a> {
    AccumulatorArgs { return_field: wide(&args.return_field), ..args }
}

/// A sum as a Decimal of maximal precision.
pub(super) fn narrow(value: i256) -> DfResult<i128> {
    let fits = |value: &i128| Decimal128Type::is_valid_decimal_precision(*value, DECIMAL128_MAX_PRECISION);
    value.to_i128().filter(fits).ok_or_else(|| {
        let message = format!("a SUM of decimals has more than {DECIMAL128_MAX_PRECISION} digits");
        let error = Error::new(Code::Overflow, message);
        external(error.with_help("SUM(CAST(x AS Float)) keeps the first 15"))
    })
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if let [DataType::Decimal128(digits, scale)] = types
            && *digits > NARROW
        {
            return Ok(vec![DataType::Decimal256(WIDE, *scale)]);
        }
        let field = |data_type: &DataType| Arc::new(Field::new("argument", data_type.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, sum_udaf().as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        let fields: Vec<FieldRef> = types
            .iter()
            .map(|data_type| Arc::new(Field::new("argument", data_type.clone(), true)) as FieldRef)
            .collect();
        match narrowed(&fields) {
            Some(data_type) => Ok(data_type),
            None => sum_udaf().return_type(types),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        match narrowed(args.expr_fields) {
            Some(to) => Ok(Box::new(Narrowed { sum: sum_udaf().accumulator(wide_args(args))?, to })),
            None => sum_udaf().accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        match narrowed(args.expr_fields) {
            Some(to) => {
                let sum = sum_udaf().create_sliding_accumulator(wide_args(args))?;
                Ok(Box::new(Narrowed { sum, to }))
            }
            None => sum_udaf().create_sliding_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        sum_udaf().groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        match narrowed(args.expr_fields) {
            Some(to) => {
                let sums = sum_udaf().create_groups_accumulator(wide_args(args))?;
                Ok(Box::new(NarrowedGroups { sums, to }))
            }
            None => sum_udaf().create_groups_accumulator(args),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        match narrowed(args.input_fields) {
            Some(_) => {
                sum_udaf().state_fields(StateFieldsArgs { return_field: wide(&args.return_field), ..args })
            }
            None => sum_udaf().state_fields(args),
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// An accumulator whose result is narrowed.
#[derive(Debug)]
struct Narrowed {
    sum: Box<dyn Accumulator>,
    to: DataType,
}

impl Accumulator for Narrowed {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.sum.update_batch(values)
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let DataType::Decimal128(digits, scale) = self.to else { return self.sum.evaluate() };
        match self.sum.evaluate()? {
            ScalarValue::Decimal256(value, _, _) => {
                Ok(ScalarValue::Decimal128(value.map(narrow).transpose()?, digits, scale))
            }
            other => other.cast_to(&self.to),
        }
    }

    fn size(&self) -> usize {
        self.sum.size()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.sum.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        self.sum.merge_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        self.sum.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.sum.supports_retract_batch()
    }
}

/// A groups accumulator whose results are narrowed.
struct NarrowedGroups {
    sums: Box<dyn GroupsAccumulator>,
    to: DataType,
}

impl GroupsAccumulator for NarrowedGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.sums.update_batch(values, group_indices, opt_filter, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        let sums = self.sums.evaluate(emit_to)?;
        let values = sums.as_primitive::<Decimal256Type>().iter();
        let narrowed: DfResult<Decimal128Array> = values.map(|value| value.map(narrow).transpose()).collect();
        Ok(Arc::new(narrowed?.with_data_type(self.to.clone())))
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        self.sums.state(emit_to)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.sums.merge_batch(values, group_indices, total_num_groups)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DfResult<Vec<ArrayRef>> {
        self.sums.convert_to_state(values, opt_filter)
    }

    fn size(&self) -> usize {
        self.sums.size()
    }
}

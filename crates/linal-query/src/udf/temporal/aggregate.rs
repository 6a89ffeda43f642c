//! SUM, AVG, MIN, MAX and MEDIAN of intervals, which DataFusion lacks or compares field by field.

use std::collections::{HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::mem::{size_of, size_of_val};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, ReversedUDAF, Signature, StatisticsArgs,
    Volatility,
};
use linal_store::temporal::{self, compare_key, representative};

use super::function::{INTERVAL, out_of_range};
use crate::error::external;

/// The statistic of a group's intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IntervalFold {
    Sum,
    Mean,
    Min,
    Max,
    Median,
}

/// An aggregate that accepts intervals, and delegates other types to DataFusion's aggregate of the same name.
pub(crate) fn for_intervals(builtin: Arc<AggregateUDF>, fold: IntervalFold) -> Arc<AggregateUDF> {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(IntervalAggregate { builtin, fold, signature }))
}

#[derive(Debug)]
struct IntervalAggregate {
    builtin: Arc<AggregateUDF>,
    fold: IntervalFold,
    signature: Signature,
}

impl PartialEq for IntervalAggregate {
    fn eq(&self, other: &Self) -> bool {
        self.fold == other.fold && self.builtin.name() == other.builtin.name()
    }
}

impl Eq for IntervalAggregate {}

impl Hash for IntervalAggregate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fold.hash(state);
    }
}

fn is_interval(fields: &[FieldRef]) -> bool {
    matches!(fields, [field] if matches!(field.data_type(), DataType::Interval(_)))
}

impl AggregateUDFImpl for IntervalAggregate {
    fn name(&self) -> &str {
        self.builtin.name()
    }

    fn aliases(&self) -> &[String] {
        self.builtin.aliases()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        if matches!(types, [DataType::Interval(_)]) {
            return Ok(vec![INTERVAL]);
        }
        let field = |t: &DataType| Arc::new(Field::new("argument", t.clone(), true));
        let fields: Vec<FieldRef> = types.iter().map(field).collect();
        let fields = fields_with_udf(&fields, self.builtin.as_ref())?;
        Ok(fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        if matches!(types, [DataType::Interval(_)]) { Ok(INTERVAL) } else { self.builtin.return_type(types) }
    }

    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        if is_interval(fields) {
            return Ok(Arc::new(Field::new(self.name(), INTERVAL, true)));
        }
        self.builtin.return_field(fields)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        if is_interval(args.expr_fields) {
            return Ok(match self.fold {
                fold if args.is_distinct || fold == IntervalFold::Median => {
                    Box::new(Kept::new(fold, args.is_distinct))
                }
                fold => Box::new(Folded { fold, value: None, count: 0 }),
            });
        }
        self.builtin.accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        if is_interval(args.expr_fields) {
            return Ok(Box::new(Kept::new(self.fold, args.is_distinct)));
        }
        self.builtin.create_sliding_accumulator(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !is_interval(args.expr_fields) && self.builtin.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        self.builtin.create_groups_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        if !is_interval(args.input_fields) {
            return self.builtin.state_fields(args);
        }
        let field =
            |part: &str, data_type| Arc::new(Field::new(format!("{}[{part}]", args.name), data_type, true));
        if args.is_distinct || self.fold == IntervalFold::Median {
            return Ok(vec![field("values", list_type())]);
        }
        Ok(vec![field("value", INTERVAL), field("count", DataType::Int64)])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.builtin.order_sensitivity()
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn value_from_stats(&self, args: &StatisticsArgs<'_>) -> Option<ScalarValue> {
        if matches!(args.return_type, DataType::Interval(_)) {
            None
        } else {
            self.builtin.value_from_stats(args)
        }
    }
}

fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new_list_field(INTERVAL, true)))
}

fn sum(a: IntervalMonthDayNano, b: IntervalMonthDayNano) -> DfResult<IntervalMonthDayNano> {
    temporal::add(a, b).ok_or_else(|| external(out_of_range("interval", "a sum of intervals")))
}

/// Merges two partial values of a fold.
fn join(
    fold: IntervalFold,
    a: IntervalMonthDayNano,
    b: IntervalMonthDayNano,
) -> DfResult<IntervalMonthDayNano> {
    let (first, second) = (compare_key(a), compare_key(b));
    Ok(match fold {
        IntervalFold::Sum | IntervalFold::Mean | IntervalFold::Median => sum(a, b)?,
        _ if first == second => representative(a, b),
        IntervalFold::Min => {
            if first < second {
                a
            } else {
                b
            }
        }
        IntervalFold::Max => {
            if first > second {
                a
            } else {
                b
            }
        }
    })
}

fn finished(fold: IntervalFold, value: Option<IntervalMonthDayNano>, count: i64) -> DfResult<ScalarValue> {
    let value = match (fold, value) {
        (IntervalFold::Mean, Some(value)) => Some(
            temporal::divide(value, count as f64)
                .ok_or_else(|| external(out_of_range("interval", "a mean of intervals")))?,
        ),
        (_, value) => value,
    };
    Ok(ScalarValue::IntervalMonthDayNano(value))
}

/// The current state of a fold.
#[derive(Debug)]
struct Folded {
    fold: IntervalFold,
    value: Option<IntervalMonthDayNano>,
    count: i64,
}

impl Folded {
    fn take(&mut self, value: IntervalMonthDayNano, count: i64) -> DfResult<()> {
        self.value = Some(match self.value {
            Some(known) => join(self.fold, known, value)?,
            None => value,
        });
        self.count += count;
        Ok(())
    }
}

impl Accumulator for Folded {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let Some(values) = values.first() else { return Ok(()) };
        values
            .as_primitive::<IntervalMonthDayNanoType>()
            .iter()
            .flatten()
            .try_for_each(|value| self.take(value, 1))
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        finished(self.fold, self.value, self.count)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::IntervalMonthDayNano(self.value), ScalarValue::Int64(Some(self.count))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let [values, counts] = states else {
            return datafusion::common::internal_err!("a fold of intervals keeps a value and a count");
        };
        let counts = counts.as_primitive::<arrow::datatypes::Int64Type>();
        let values = values.as_primitive::<IntervalMonthDayNanoType>();
        for (value, count) in values.iter().zip(counts) {
            if let Some(value) = value {
                self.take(value, count.unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

/// All intervals in order, for medians, distinct values, and frames that lose their first rows.
#[derive(Debug)]
struct Kept {
    fold: IntervalFold,
    distinct: bool,
    values: VecDeque<IntervalMonthDayNano>,
}

impl Kept {
    fn new(fold: IntervalFold, distinct: bool) -> Kept {
        Kept { fold, distinct, values: VecDeque::new() }
    }

    fn extend(&mut self, values: &ArrayRef) {
        self.values.extend(values.as_primitive::<IntervalMonthDayNanoType>().iter().flatten());
    }

    fn counted(&self) -> Vec<IntervalMonthDayNano> {
        let mut seen = HashSet::new();
        let is_new = |value: &&IntervalMonthDayNano| !self.distinct || seen.insert(compare_key(**value));
        self.values.iter().filter(is_new).copied().collect()
    }
}

impl Accumulator for Kept {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        values.first().into_iter().for_each(|values| self.extend(values));
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let gone = values.first().map_or(0, |values| values.len() - values.null_count());
        self.values.drain(..gone.min(self.values.len()));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        let values = self.counted();
        if self.fold == IntervalFold::Median {
            return median(values).map(ScalarValue::IntervalMonthDayNano);
        }
        let mut folded = Folded { fold: self.fold, value: None, count: 0 };
        values.into_iter().try_for_each(|value| folded.take(value, 1))?;
        folded.evaluate()
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<IntervalMonthDayNano>()
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let values: PrimitiveArray<IntervalMonthDayNanoType> =
            self.values.iter().copied().map(Some).collect();
        let offsets = OffsetBuffer::from_lengths([values.len()]);
        let list = ListArray::try_new(
            Arc::new(Field::new_list_field(INTERVAL, true)),
            offsets,
            Arc::new(values),
            None,
        )?;
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        let lists = states.first().and_then(|state| state.as_list_opt::<i32>());
        lists.into_iter().flat_map(|lists| lists.iter().flatten()).for_each(|values| self.extend(&values));
        Ok(())
    }
}

/// The median interval: the middle one, or the midpoint of the middle two.
fn median(mut values: Vec<IntervalMonthDayNano>) -> DfResult<Option<IntervalMonthDayNano>> {
    values.sort_by_key(|value| compare_key(*value));
    let middle = values.len() / 2;
    if values.len() % 2 == 1 || values.is_empty() {
        return Ok(values.get(middle).copied());
    }
    let (low, high) = (values[middle - 1], values[middle]);
    let between = temporal::subtract(high, low)
        .and_then(|distance| temporal::divide(distance, 2.0))
        .and_then(|half| temporal::add(low, half));
    between.map(Some).ok_or_else(|| external(out_of_range("interval", "a median of intervals")))
}

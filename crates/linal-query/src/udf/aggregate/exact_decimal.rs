//! SUM and AVG of decimals of up to 38 digits, exact whatever their order: a sum that wraps around in 128 bits, and how often it did.
//!
//! They stand in a plan in the place of SUM over decimals of 256 bits and of AVG over floats (`logical/exact_decimals.rs`), whose
//! arguments would be converted value by value.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Decimal256Array, Float64Array, UInt64Array,
};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Decimal128Type, Decimal256Type, Field,
    FieldRef, UInt64Type, i256,
};
use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
    Volatility,
};

use super::decimal_sum::narrow;

/// What is made of the sum of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OfSum {
    /// The sum, of 38 digits; more are an error.
    Sum,
    /// The mean as a float.
    Mean,
}

/// The aggregate over one decimal of 128 bits, under the name of the one whose place it takes.
pub(crate) fn exact_decimal(of_sum: OfSum) -> Arc<AggregateUDF> {
    static BOTH: LazyLock<[Arc<AggregateUDF>; 2]> = LazyLock::new(|| {
        [OfSum::Sum, OfSum::Mean].map(|of_sum| {
            let signature = Signature::any(1, Volatility::Immutable);
            Arc::new(AggregateUDF::new_from_impl(ExactDecimal { of_sum, signature }))
        })
    });
    let [sum, mean] = &*BOTH;
    match of_sum {
        OfSum::Sum => sum.clone(),
        OfSum::Mean => mean.clone(),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct ExactDecimal {
    of_sum: OfSum,
    signature: Signature,
}

impl Hash for ExactDecimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.of_sum.hash(state);
    }
}

/// The digits behind the point of the argument.
fn scale(data_type: &DataType) -> DfResult<i8> {
    match data_type {
        DataType::Decimal128(_, scale) => Ok(*scale),
        other => internal_err!("an exact sum of {other}"),
    }
}

fn argument_scale(fields: &[FieldRef]) -> DfResult<i8> {
    match fields {
        [field] => scale(field.data_type()),
        _ => internal_err!("an exact sum of {} arguments", fields.len()),
    }
}

impl AggregateUDFImpl for ExactDecimal {
    fn name(&self) -> &str {
        match self.of_sum {
            OfSum::Sum => "sum",
            OfSum::Mean => "avg",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match (self.of_sum, types) {
            (OfSum::Sum, [argument]) => Ok(DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale(argument)?)),
            _ => Ok(DataType::Float64),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        let finish = Finish { of_sum: self.of_sum, scale: argument_scale(args.expr_fields)? };
        Ok(Box::new(OneTotal { finish, total: Total::default() }))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn GroupsAccumulator>> {
        let finish = Finish { of_sum: self.of_sum, scale: argument_scale(args.expr_fields)? };
        Ok(Box::new(GroupTotals { finish, totals: Vec::new() }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        let sum = DataType::Decimal256(DECIMAL256_MAX_PRECISION, argument_scale(args.input_fields)?);
        let field = |part: &str, data_type| {
            Arc::new(Field::new(format_state_name(args.name, part), data_type, false))
        };
        Ok(vec![field("sum", sum), field("count", DataType::UInt64)])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// The sum of a group: `sum + wraps * 2^128`.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    sum: i128,
    wraps: i64,
    count: u64,
}

impl Total {
    #[inline]
    fn add(&mut self, value: i128) {
        let (sum, has_wrapped) = self.sum.overflowing_add(value);
        self.sum = sum;
        if has_wrapped {
            self.wraps += if value < 0 { -1 } else { 1 };
        }
        self.count += 1;
    }

    /// Adds the sum of `count` values.
    fn merge(&mut self, sum: i256, count: u64) {
        let (low, high) = sum.to_parts();
        let low = low.cast_signed();
        let count_before = self.count;
        self.add(low);
        self.count = count_before + count;
        // A negative low half stands for one that is larger by 2^128. Sums of 2^63 values have no more wraps than fit.
        self.wraps += i64::try_from(high - (low >> 127)).unwrap_or_default();
    }

    fn exact(&self) -> i256 {
        i256::from_parts(self.sum.cast_unsigned(), (self.sum >> 127) + i128::from(self.wraps))
    }
}

/// What is made of totals.
#[derive(Clone, Copy, Debug)]
struct Finish {
    of_sum: OfSum,
    scale: i8,
}

impl Finish {
    fn sum_type(self) -> DataType {
        DataType::Decimal128(DECIMAL128_MAX_PRECISION, self.scale)
    }

    fn state_type(self) -> DataType {
        DataType::Decimal256(DECIMAL256_MAX_PRECISION, self.scale)
    }

    /// The mean of at least one value.
    #[expect(clippy::cast_precision_loss, reason = "a mean is the nearest float")]
    fn mean(self, total: &Total) -> f64 {
        let sum = match total.wraps {
            0 => total.sum as f64,
            // The nearest float, which a sum of floats would not be. The text of a number is one.
            _ => total.exact().to_string().parse().unwrap_or(f64::NAN),
        };
        sum / (10f64.powi(i32::from(self.scale)) * total.count as f64)
    }

    fn of_all(self, totals: &[Total]) -> DfResult<ArrayRef> {
        let present = BooleanBuffer::collect_bool(totals.len(), |at| totals[at].count > 0);
        let nulls = Some(NullBuffer::new(present)).filter(|nulls| nulls.null_count() > 0);
        match self.of_sum {
            OfSum::Sum => {
                let sums: Vec<i128> =
                    totals.iter().map(|total| narrow(total.exact())).collect::<DfResult<_>>()?;
                Ok(Arc::new(Decimal128Array::new(sums.into(), nulls).with_data_type(self.sum_type())))
            }
            OfSum::Mean => {
                let means: Vec<f64> = totals.iter().map(|total| self.mean(total)).collect();
                Ok(Arc::new(Float64Array::new(means.into(), nulls)))
            }
        }
    }

    fn states(self, totals: &[Total]) -> Vec<ArrayRef> {
        let sums: Vec<i256> = totals.iter().map(Total::exact).collect();
        let counts: Vec<u64> = totals.iter().map(|total| total.count).collect();
        vec![
            Arc::new(Decimal256Array::new(sums.into(), None).with_data_type(self.state_type())),
            Arc::new(UInt64Array::from(counts)),
        ]
    }
}

/// The decimals of a column that are neither NULL nor filtered out, with their rows.
fn each(values: &Decimal128Array, filter: Option<&BooleanArray>, mut add: impl FnMut(usize, i128)) {
    let numbers = values.values();
    if values.null_count() == 0 && filter.is_none() {
        numbers.iter().enumerate().for_each(|(row, value)| add(row, *value));
        return;
    }
    for (row, value) in numbers.iter().enumerate() {
        let is_taken = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        if is_taken && values.is_valid(row) {
            add(row, *value);
        }
    }
}

fn decimals(values: &[ArrayRef]) -> DfResult<&Decimal128Array> {
    match values.first().and_then(|values| values.as_primitive_opt::<Decimal128Type>()) {
        Some(values) => Ok(values),
        None => internal_err!("an exact sum without decimals"),
    }
}

/// The sums and counts of states.
fn states(values: &[ArrayRef]) -> DfResult<(&[i256], &[u64])> {
    match values {
        [sums, counts] => Ok((
            sums.as_primitive::<Decimal256Type>().values().as_ref(),
            counts.as_primitive::<UInt64Type>().values().as_ref(),
        )),
        _ => internal_err!("{} columns of state of an exact sum", values.len()),
    }
}

/// The accumulator of one group.
#[derive(Debug)]
struct OneTotal {
    finish: Finish,
    total: Total,
}

impl Accumulator for OneTotal {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let mut total = self.total;
        each(decimals(values)?, None, |_, value| total.add(value));
        self.total = total;
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        ScalarValue::try_from_array(&self.finish.of_all(&[self.total])?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        self.finish.states(&[self.total]).iter().map(|part| ScalarValue::try_from_array(part, 0)).collect()
    }

    fn merge_batch(&mut self, values: &[ArrayRef]) -> DfResult<()> {
        let (sums, counts) = states(values)?;
        sums.iter().zip(counts).for_each(|(sum, count)| self.total.merge(*sum, *count));
        Ok(())
    }
}

/// The accumulator of all groups.
struct GroupTotals {
    finish: Finish,
    totals: Vec<Total>,
}

impl GroupsAccumulator for GroupTotals {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.totals.resize(total_num_groups, Total::default());
        let totals = self.totals.as_mut_slice();
        each(decimals(values)?, opt_filter, |row, value| totals[group_indices[row]].add(value));
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DfResult<ArrayRef> {
        self.finish.of_all(&emit_to.take_needed(&mut self.totals))
    }

    fn state(&mut self, emit_to: EmitTo) -> DfResult<Vec<ArrayRef>> {
        Ok(self.finish.states(&emit_to.take_needed(&mut self.totals)))
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> DfResult<()> {
        self.totals.resize(total_num_groups, Total::default());
        let (sums, counts) = states(values)?;
        for ((sum, count), group) in sums.iter().zip(counts).zip(group_indices) {
            self.totals[*group].merge(*sum, *count);
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> DfResult<Vec<ArrayRef>> {
        let values = decimals(values)?;
        let mut totals = vec![Total::default(); values.len()];
        each(values, opt_filter, |row, value| totals[row].add(value));
        Ok(self.finish.states(&totals))
    }

    fn size(&self) -> usize {
        self.totals.capacity() * size_of::<Total>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest decimal.
    const MOST: i128 = 10i128.pow(38) - 1;

    fn total(values: &[i128]) -> Total {
        let mut total = Total::default();
        values.iter().for_each(|value| total.add(*value));
        total
    }

    #[test]
    fn sums_that_wrap_are_exact() {
        for values in
            [[MOST; 7].to_vec(), [-MOST; 7].to_vec(), vec![MOST, MOST, -MOST, 5, -MOST], vec![], vec![-1]]
        {
            let expected =
                values.iter().fold(i256::ZERO, |sum, value| sum.wrapping_add(i256::from_i128(*value)));
            assert_eq!(total(&values).exact(), expected, "of {values:?}");
            for middle in 0..values.len() {
                let (first, second) = values.split_at(middle);
                let mut merged = total(first);
                let second = total(second);
                merged.merge(second.exact(), second.count);
                assert_eq!(merged.exact(), expected, "of {first:?} and {second:?}");
                assert_eq!(merged.count, values.len() as u64);
            }
        }
    }

    #[test]
    fn sums_beyond_a_decimal_are_errors_and_means_are_not() {
        let sum = Finish { of_sum: OfSum::Sum, scale: 2 };
        assert!(sum.of_all(&[total(&[MOST, 1])]).is_err());
        assert!(sum.of_all(&[total(&[MOST, MOST, -MOST])]).is_ok());
        let mean = Finish { of_sum: OfSum::Mean, scale: 2 };
        let means = mean.of_all(&[total(&[MOST, MOST]), total(&[]), total(&[150, 250])]).unwrap();
        let means: Vec<Option<f64>> = means.as_primitive::<arrow::datatypes::Float64Type>().iter().collect();
        assert_eq!(means, [Some(1e36), None, Some(2.0)]);
    }
}

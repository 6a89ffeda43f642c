//! `ARG_MAX(x, key)` and `ARG_MIN(x, key)`: the value of the row with the greatest or the least key.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_comparator, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType, Field, FieldRef};

use datafusion::common::{Result as DfResult, ScalarValue, internal_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ReversedUDAF, Signature, Volatility,
};
use linal_store::ColumnType;

use super::rows::normalized;
use crate::udf::error::{external, wrong_arguments};

/// The four aggregates; those of `_null` take rows whose value is NULL, too.
pub(super) fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let aggregate = |name, aliases: &[&str], wanted, takes_null| {
        Arc::new(AggregateUDF::new_from_impl(Best {
            name,
            aliases: aliases.iter().map(|alias| alias.to_string()).collect(),
            wanted,
            takes_null,
            signature: Signature::user_defined(Volatility::Immutable),
        }))
    };
    vec![
        aggregate("arg_max", &["max_by", "argmax"], Ordering::Greater, false),
        aggregate("arg_min", &["min_by", "argmin"], Ordering::Less, false),
        aggregate("arg_max_null", &[], Ordering::Greater, true),
        aggregate("arg_min_null", &[], Ordering::Less, true),
    ]
}

#[derive(Debug)]
struct Best {
    name: &'static str,
    aliases: Vec<String>,
    /// How the key of a better row compares to that of the best one.
    wanted: Ordering,
    takes_null: bool,
    signature: Signature,
}

impl PartialEq for Best {
    fn eq(&self, other: &Best) -> bool {
        self.name == other.name
    }
}

impl Eq for Best {}

impl Hash for Best {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Best {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> DfResult<Vec<DataType>> {
        match types {
            [_, key] if !key.is_nested() => Ok(types.to_vec()),
            _ => {
                let given: Vec<String> = types
                    .iter()
                    .map(|kind| ColumnType::of(&Field::new("", kind.clone(), true)).to_string())
                    .collect();
                let name = self.name.to_uppercase();
                let message = format!(
                    "{name} takes a column and values that have an order, not ({})",
                    given.join(", ")
                );
                Err(external(wrong_arguments(message)))
            }
        }
    }

    fn return_type(&self, types: &[DataType]) -> DfResult<DataType> {
        match types.first() {
            Some(value) => Ok(value.clone()),
            None => internal_err!("{} of nothing", self.name),
        }
    }

    /// The value keeps the shape of its tensors.
    fn return_field(&self, fields: &[FieldRef]) -> DfResult<FieldRef> {
        match fields.first() {
            Some(value) => Ok(Arc::new(value.as_ref().clone().with_name(self.name).with_nullable(true))),
            None => internal_err!("{} of nothing", self.name),
        }
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> DfResult<Box<dyn Accumulator>> {
        let [value, _] = args.expr_fields else { return internal_err!("{} of other columns", self.name) };
        Ok(Box::new(BestRow {
            wanted: self.wanted,
            takes_null: self.takes_null,
            value_type: value.data_type().clone(),
            key_type: args.expr_fields[1].data_type().clone(),
            best: None,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> DfResult<Vec<FieldRef>> {
        let names = ["value", "key"];
        let fields = args.input_fields.iter().zip(names).map(|(field, part)| -> FieldRef {
            Arc::new(Field::new(format_state_name(args.name, part), field.data_type().clone(), true))
        });
        Ok(fields.collect())
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::NotSupported
    }
}

/// The best row so far, as arrays of one value.
#[derive(Debug)]
struct BestRow {
    wanted: Ordering,
    takes_null: bool,
    value_type: DataType,
    key_type: DataType,
    best: Option<(ArrayRef, ArrayRef)>,
}

/// A copy of one row, which does not keep its batch alive.
fn one_row(array: &ArrayRef, row: usize) -> DfResult<ArrayRef> {
    Ok(arrow::compute::take(array, &arrow::array::UInt64Array::from(vec![row as u64]), None)?)
}

impl Accumulator for BestRow {
    /// Of rows with equal keys, the first is taken.
    fn update_batch(&mut self, columns: &[ArrayRef]) -> DfResult<()> {
        let [values, keys, ..] = columns else { return internal_err!("an aggregate over fewer columns") };
        let keys = normalized(keys);
        // An array of the type Null has no bitmap of its NULLs.
        let (no_keys, no_values) = (keys.logical_nulls(), values.logical_nulls());
        let is_there =
            |nulls: &Option<NullBuffer>, row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let is_row = |row: usize| is_there(&no_keys, row) && (self.takes_null || is_there(&no_values, row));
        let compare = make_comparator(&keys, &keys, SortOptions::default())?;
        let mut found: Option<usize> = None;
        for row in (0..keys.len()).filter(|row| is_row(*row)) {
            if found.is_none_or(|best| compare(row, best) == self.wanted) {
                found = Some(row);
            }
        }
        let Some(found) = found else { return Ok(()) };
        if let Some((_, best)) = &self.best
            && make_comparator(&keys, best, SortOptions::default())?(found, 0) != self.wanted
        {
            return Ok(());
        }
        self.best = Some((one_row(values, found)?, one_row(&keys, found)?));
        Ok(())
    }

    fn evaluate(&mut self) -> DfResult<ScalarValue> {
        match &self.best {
            Some((value, _)) => ScalarValue::try_from_array(value, 0),
            None => ScalarValue::try_from_array(&new_null_array(&self.value_type, 1), 0),
        }
    }

    fn size(&self) -> usize {
        let bytes =
            |(value, key): &(ArrayRef, ArrayRef)| value.get_array_memory_size() + key.get_array_memory_size();
        size_of::<Self>() + self.best.as_ref().map_or(0, bytes)
    }

    fn state(&mut self) -> DfResult<Vec<ScalarValue>> {
        let key = match &self.best {
            Some((_, key)) => ScalarValue::try_from_array(key, 0)?,
            None => ScalarValue::try_from(&self.key_type)?,
        };
        Ok(vec![self.evaluate()?, key])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DfResult<()> {
        // A group without rows has the key NULL.
        self.update_batch(states)
    }
}

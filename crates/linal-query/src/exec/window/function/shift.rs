//! LEAD and LAG: the value of a row some rows after or before.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, UInt64Array};
use arrow::compute::{cast, interleave, take};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDF, WindowUDFImpl};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;
use crate::exec::window::frame::Layout;

/// The direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shift {
    Lead,
    Lag,
}

/// Both functions. DataFusion's take literals as offset and default only; these take any expression.
pub(super) fn functions() -> Vec<Arc<WindowUDF>> {
    [Shift::Lead, Shift::Lag]
        .into_iter()
        .map(|shift| Arc::new(WindowUDF::new_from_impl(ShiftFunction::new(shift))))
        .collect()
}

impl Shift {
    fn name(self) -> &'static str {
        match self {
            Shift::Lead => "lead",
            Shift::Lag => "lag",
        }
    }

    /// The values for all rows: that of the row at the offset, or the default if it is outside of the
    /// partition. With IGNORE NULLS, the offset counts the rows that are not NULL.
    pub fn evaluate(self, args: &[ArrayRef], layout: &Layout, ignores_nulls: bool) -> Result<ArrayRef> {
        let Some(values) = args.first() else { return internal_err!("a shift without an argument") };
        let offsets = args.get(1).map(|offsets| cast(offsets, &DataType::Int64)).transpose()?;
        let offsets = offsets.as_ref().map(|offsets| offsets.as_primitive::<Int64Type>());
        let nulls = values.logical_nulls().filter(|nulls| ignores_nulls && nulls.null_count() > 0);
        let valid: Option<Vec<usize>> = nulls.map(|nulls| nulls.valid_indices().collect());
        let mut sources = Vec::with_capacity(layout.rows);
        for partition in layout.partitions.ranges() {
            for row in partition.clone() {
                let Some(offset) = offset_of(offsets, row) else {
                    sources.push(Source::Null);
                    continue;
                };
                let offset = if self == Shift::Lead { offset } else { offset.saturating_neg() };
                let found = match &valid {
                    Some(valid) if offset != 0 => among(valid, row, offset, &partition),
                    _ => moved(row, offset, &partition),
                };
                sources.push(found.map_or(Source::Default, Source::Row));
            }
        }
        gathered(values, args.get(2), &sources)
    }
}

/// The source of a value.
enum Source {
    Row(usize),
    /// The default, evaluated for the row itself.
    Default,
    /// The offset is NULL.
    Null,
}

/// The offset of a row, 1 by default.
fn offset_of(offsets: Option<&Int64Array>, row: usize) -> Option<i64> {
    match offsets {
        None => Some(1),
        Some(offsets) => offsets.is_valid(row).then(|| offsets.value(row)),
    }
}

/// A position plus an offset, if it is within a range.
fn moved(place: usize, by: i64, within: &Range<usize>) -> Option<usize> {
    let steps = usize::try_from(by.unsigned_abs()).ok()?;
    let target = if by < 0 { place.checked_sub(steps)? } else { place.checked_add(steps)? };
    within.contains(&target).then_some(target)
}

/// The row at an offset among the rows that are not NULL.
fn among(valid: &[usize], row: usize, by: i64, partition: &Range<usize>) -> Option<usize> {
    // The first candidate that is not before the row; going back starts from it, going forward starts after
    // the row itself.
    let at = valid.partition_point(|&candidate| candidate < row);
    let is_self = valid.get(at) == Some(&row);
    let steps = usize::try_from(by.unsigned_abs()).ok()?;
    let target = match (by > 0, is_self) {
        (true, true) => at.checked_add(steps)?,
        (true, false) => at.checked_add(steps)?.checked_sub(1)?,
        (false, _) => at.checked_sub(steps)?,
    };
    valid.get(target).copied().filter(|found| partition.contains(found))
}

fn gathered(values: &ArrayRef, default: Option<&ArrayRef>, sources: &[Source]) -> Result<ArrayRef> {
    let has_default = |source: &Source| matches!(source, Source::Default);
    let Some(default) = default.filter(|_| sources.iter().any(has_default)) else {
        let rows = sources.iter().map(|source| match source {
            Source::Row(row) => Some(*row as u64),
            Source::Default | Source::Null => None,
        });
        return Ok(take(values, &rows.collect::<UInt64Array>(), None)?);
    };
    let default = cast(default, values.data_type())?;
    let null = arrow::array::new_null_array(values.data_type(), 1);
    let places: Vec<(usize, usize)> = sources
        .iter()
        .enumerate()
        .map(|(at, source)| match source {
            Source::Row(row) => (0, *row),
            Source::Default => (1, at),
            Source::Null => (2, 0),
        })
        .collect();
    Ok(interleave(&[values.as_ref(), default.as_ref(), null.as_ref()], &places)?)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ShiftFunction {
    shift: Shift,
    signature: Signature,
}

impl ShiftFunction {
    fn new(shift: Shift) -> ShiftFunction {
        ShiftFunction { shift, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl WindowUDFImpl for ShiftFunction {
    fn name(&self) -> &str {
        self.shift.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let name = self.shift.name().to_ascii_uppercase();
        let wrong = |message: String| external(Error::new(Code::WrongArguments, message));
        if types.is_empty() || types.len() > 3 {
            let message =
                format!("{name} takes a value, an offset and a default, not {} arguments", types.len());
            return Err(wrong(message));
        }
        let mut coerced = types.to_vec();
        if let Some(offset) = coerced.get_mut(1) {
            if !offset.is_integer() && !offset.is_null() {
                return Err(wrong(format!("the offset of {name} is a number of rows, an Int")));
            }
            *offset = DataType::Int64;
        }
        if let [value, _, default] = types {
            let is_text = |data_type: &DataType| data_type.is_string();
            let is_alike = is_text(value) == is_text(default) || value.is_null() || default.is_null();
            let common = type_union_resolution(&[value.clone(), default.clone()]);
            let Some(common) = common.filter(|_| is_alike) else {
                return Err(wrong(format!("the default of {name} has another type than its value")));
            };
            (coerced[0], coerced[2]) = (common.clone(), common);
        }
        Ok(coerced)
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs<'_>) -> Result<Box<dyn PartitionEvaluator>> {
        internal_err!("the window operator runs {}", self.shift.name())
    }

    fn field(&self, args: WindowUDFFieldArgs<'_>) -> Result<FieldRef> {
        match args.input_fields().first() {
            Some(field) => Ok(Arc::new(field.as_ref().clone().with_name(args.name()).with_nullable(true))),
            None => internal_err!("{} without an argument", self.shift.name()),
        }
    }
}

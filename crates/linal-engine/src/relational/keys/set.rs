//! Keys of a join as bits, one for each number between the least and the greatest of them.
//!
//! DataFusion gives a condition: bounds and a list of keys, or one of these for each partition of the join, chosen by a hash.
//! A row that no list has, no partition can use, so that one set of all keys says as much; it takes a nanosecond for a row,
//! and the condition some twenty.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{Array, ArrowPrimitiveType, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, CaseExpr, Column, InListExpr, IsNullExpr, Literal};

/// Bits of the largest set: what a near cache holds, about.
const LARGEST: i64 = 1 << 23;

/// The keys that a row of a scan may have.
pub(super) struct KeySet {
    /// The place of the column that is looked at.
    column: usize,
    least: i64,
    bits: BooleanBuffer,
    /// Whether rows without a key are kept.
    keeps_nulls: bool,
}

impl KeySet {
    /// The set that a condition comes to; `None` when it is of another form, or its keys are no near numbers.
    pub fn of(condition: &Arc<dyn PhysicalExpr>) -> Option<KeySet> {
        let Keys { column: Some(column), numbers, keeps_nulls } = Keys::of(condition)? else { return None };
        let (&least, &greatest) = (numbers.iter().min()?, numbers.iter().max()?);
        let len = greatest.checked_sub(least)?.checked_add(1).filter(|&len| len <= LARGEST)?;
        let mut present = vec![false; usize::try_from(len).ok()?];
        for number in numbers {
            present[(number - least) as usize] = true;
        }
        Some(KeySet { column, least, bits: BooleanBuffer::from(present), keeps_nulls })
    }

    /// Which rows of a batch have one of the keys; `None` for a column of another type.
    pub fn rows(&self, batch: &RecordBatch) -> Option<BooleanArray> {
        let column = batch.column(self.column);
        let found = match column.data_type() {
            DataType::Int64 => self.found::<Int64Type>(column, |key| key),
            DataType::Int32 => self.found::<Int32Type>(column, i64::from),
            DataType::Date32 => self.found::<Date32Type>(column, i64::from),
            _ => return None,
        };
        let found = match column.nulls() {
            None => found,
            Some(nulls) if self.keeps_nulls => &found | &!nulls.inner(),
            Some(nulls) => &found & nulls.inner(),
        };
        Some(BooleanArray::new(found, None))
    }

    fn found<T: ArrowPrimitiveType>(
        &self,
        column: &dyn Array,
        number: impl Fn(T::Native) -> i64,
    ) -> BooleanBuffer {
        let keys = column.as_primitive::<T>().values();
        BooleanBuffer::collect_bool(keys.len(), |row| {
            let place = number(keys[row]).wrapping_sub(self.least) as u64 as usize;
            place < self.bits.len() && self.bits.value(place)
        })
    }
}

/// What a condition says of keys, gathered from its parts.
#[derive(Default)]
struct Keys {
    /// `None` when no row is meant.
    column: Option<usize>,
    numbers: Vec<i64>,
    keeps_nulls: bool,
}

impl Keys {
    fn of(condition: &Arc<dyn PhysicalExpr>) -> Option<Keys> {
        let expr: &dyn Any = condition.as_ref();
        if let Some(list) = expr.downcast_ref::<InListExpr>() {
            return Keys::of_list(list);
        }
        if let Some(both) = expr.downcast_ref::<BinaryExpr>() {
            return match both.op() {
                // Either side alone is necessary for a row.
                Operator::And => Keys::of(both.right()).or_else(|| Keys::of(both.left())),
                Operator::Or => Keys::or_missing(both.left(), both.right())
                    .or_else(|| Keys::or_missing(both.right(), both.left())),
                _ => None,
            };
        }
        if let Some(case) = expr.downcast_ref::<CaseExpr>() {
            let branches = case.when_then_expr().iter().map(|(_, then)| then).chain(case.else_expr());
            return branches.map(Keys::of).try_fold(Keys::default(), |all, keys| all.or(keys?));
        }
        let literal = expr.downcast_ref::<Literal>()?;
        matches!(literal.value(), ScalarValue::Boolean(Some(false))).then(Keys::default)
    }

    fn of_list(list: &InListExpr) -> Option<Keys> {
        let looked_at: &dyn Any = list.expr().as_ref();
        let column = looked_at.downcast_ref::<Column>().filter(|_| !list.negated())?.index();
        let numbers = list.list().iter().map(|key| {
            let key: &dyn Any = key.as_ref();
            match key.downcast_ref::<Literal>()?.value() {
                ScalarValue::Int64(Some(key)) => Some(*key),
                ScalarValue::Int32(Some(key)) | ScalarValue::Date32(Some(key)) => Some(i64::from(*key)),
                _ => None,
            }
        });
        Some(Keys { column: Some(column), numbers: numbers.collect::<Option<_>>()?, keeps_nulls: false })
    }

    /// `key IS NULL OR keys`, of joins that keep rows without a key.
    fn or_missing(missing: &Arc<dyn PhysicalExpr>, keys: &Arc<dyn PhysicalExpr>) -> Option<Keys> {
        let missing: &dyn Any = missing.as_ref();
        let looked_at: &dyn Any = missing.downcast_ref::<IsNullExpr>()?.arg().as_ref();
        let column = looked_at.downcast_ref::<Column>()?.index();
        let keys = Keys::of(keys)?;
        (keys.column == Some(column)).then_some(Keys { keeps_nulls: true, ..keys })
    }

    /// The keys of both, which must be of one column.
    fn or(mut self, other: Keys) -> Option<Keys> {
        if let (Some(one), Some(two)) = (self.column, other.column)
            && one != two
        {
            return None;
        }
        self.numbers.extend(other.numbers);
        Some(Keys {
            column: self.column.or(other.column),
            numbers: self.numbers,
            keeps_nulls: self.keeps_nulls || other.keeps_nulls,
        })
    }
}

//! Predicates of a filter one after the other, each over the rows that those before it have left.
//!
//! DataFusion 55 evaluates `a AND b AND c` as nested pairs: where few rows pass `a`, it copies all columns of the batch to these rows for `b`, and
//! again for `c`, whichever columns these read.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::buffer::{BooleanBuffer, MutableBuffer};
use arrow::compute::{take, take_record_batch};
use arrow::datatypes::{DataType, Schema};
use arrow::util::bit_util;
use datafusion::common::tree_node::{Transformed, TransformedResult};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::utils::{collect_columns, split_conjunction};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::expressions::{
    BinaryExpr, CastExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal, NotExpr,
};
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};

use crate::tree::Tree;

/// Where one of so many rows is left, predicates are evaluated over the rows that are left.
const SPARSE: usize = 5;

/// A plan whose filters evaluate predicates one after the other.
///
/// # Errors
/// Errors of DataFusion's traversal; it has none of its own.
pub(crate) fn over(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|operator| {
        let any: &dyn std::any::Any = operator.as_ref();
        let Some(filter) = any.downcast_ref::<FilterExec>() else { return Ok(Transformed::no(operator)) };
        let Some(predicate) = Conjunction::of(filter.predicate(), &filter.input().schema()) else {
            return Ok(Transformed::no(operator));
        };
        let filter = FilterExecBuilder::from(filter).with_predicate(Arc::new(predicate)).build()?;
        Ok(Transformed::yes(Arc::new(filter) as Arc<dyn ExecutionPlan>))
    })
    .data()
}

/// Predicates of which a row is to pass all. NULL is false: it is only the predicate of a filter.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Conjunction {
    predicates: Vec<Predicate>,
}

#[derive(Debug, Eq)]
struct Predicate {
    expr: Arc<dyn PhysicalExpr>,
    /// The columns that it reads, and the predicate over them alone; `None` for one that gets all columns.
    over_own: Option<(Vec<usize>, Arc<dyn PhysicalExpr>)>,
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Predicate) -> bool {
        self.expr.eq(&other.expr)
    }
}

impl Hash for Predicate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.hash(state);
    }
}

impl Conjunction {
    /// The predicates of a condition, the cheapest first; `None` for a condition of one, or with volatile calls.
    fn of(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<Conjunction> {
        let mut predicates = split_conjunction(condition);
        if predicates.len() < 2 || is_volatile(condition) {
            return None;
        }
        // Of those that may fail none moves, and the others fail for no row.
        predicates.sort_by_key(|predicate| Cost::of(predicate, schema));
        let predicates = predicates.into_iter().map(Predicate::of).collect();
        Some(Conjunction { predicates })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Rows> {
        let mut rows = Rows::All(batch.num_rows());
        for predicate in &self.predicates {
            if rows.is_empty() {
                break;
            }
            rows = match rows {
                Rows::All(count) => Rows::of(passing(predicate.expr.evaluate(batch)?, count)?),
                Rows::Dense(before, _) => {
                    let after = passing(predicate.expr.evaluate(batch)?, before.len())?;
                    Rows::of(&before & &after)
                }
                Rows::Sparse(before, count) => {
                    let after = passing(predicate.evaluate_rows(batch, &before)?, before.len())?;
                    let left = before.values().iter().zip(&after).filter(|(_, passes)| *passes);
                    Rows::Sparse(left.map(|(row, _)| *row).collect(), count)
                }
            };
        }
        Ok(rows)
    }
}

/// What a predicate costs; smaller ones come first. A sort by it keeps the order of equal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cost {
    /// A comparison of numbers or times.
    OfNumbers,
    /// A comparison of others, such as texts.
    OfOthers,
    /// Anything else, which may fail.
    Unknown,
}

impl Cost {
    fn of(predicate: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Cost {
        let any: &dyn std::any::Any = predicate.as_ref();
        if let Some(comparison) = any.downcast_ref::<BinaryExpr>() {
            let operands = [comparison.left(), comparison.right()];
            let is_plain = is_comparison(*comparison.op()) && operands.into_iter().all(is_operand);
            return if is_plain { Cost::of_operand(comparison.left(), schema) } else { Cost::Unknown };
        }
        if let Some(list) = any.downcast_ref::<InListExpr>() {
            let is_plain = is_operand(list.expr()) && list.list().iter().all(is_operand);
            return if is_plain { Cost::OfOthers } else { Cost::Unknown };
        }
        let tested = any.downcast_ref::<IsNullExpr>().map(IsNullExpr::arg);
        match tested.or_else(|| any.downcast_ref::<IsNotNullExpr>().map(IsNotNullExpr::arg)) {
            Some(operand) if is_operand(operand) => Cost::OfNumbers,
            _ => Cost::Unknown,
        }
    }

    fn of_operand(operand: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Cost {
        match operand.data_type(schema) {
            Ok(data_type) if data_type.is_primitive() || data_type == DataType::Boolean => Cost::OfNumbers,
            Ok(_) => Cost::OfOthers,
            Err(_) => Cost::Unknown,
        }
    }
}

fn is_comparison(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// Whether an expression is a column or a literal.
fn is_operand(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let any: &dyn std::any::Any = expr.as_ref();
    any.is::<Column>() || any.is::<Literal>()
}

/// Whether all columns in an expression are those of the batch: within lambdas others are.
fn reads_columns_only(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let any: &dyn std::any::Any = expr.as_ref();
    let is_known = is_operand(expr)
        || any.is::<BinaryExpr>()
        || any.is::<CastExpr>()
        || any.is::<InListExpr>()
        || any.is::<IsNullExpr>()
        || any.is::<IsNotNullExpr>()
        || any.is::<LikeExpr>()
        || any.is::<NotExpr>()
        || any.is::<ScalarFunctionExpr>();
    is_known && expr.children().into_iter().all(reads_columns_only)
}

impl Predicate {
    fn of(expr: &Arc<dyn PhysicalExpr>) -> Predicate {
        Predicate { expr: expr.clone(), over_own: over_own_columns(expr) }
    }

    /// The values for some rows of a batch.
    fn evaluate_rows(&self, batch: &RecordBatch, rows: &UInt32Array) -> Result<ColumnarValue> {
        let Some((columns, expr)) = &self.over_own else {
            return self.expr.evaluate(&take_record_batch(batch, rows)?);
        };
        let schema = Arc::new(batch.schema_ref().project(columns)?);
        let taken = columns.iter().map(|at| take(batch.column(*at), rows, None));
        let taken: Vec<ArrayRef> = taken.collect::<std::result::Result<_, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        expr.evaluate(&RecordBatch::try_new_with_options(schema, taken, &options)?)
    }
}

fn over_own_columns(expr: &Arc<dyn PhysicalExpr>) -> Option<(Vec<usize>, Arc<dyn PhysicalExpr>)> {
    if !reads_columns_only(expr) {
        return None;
    }
    let mut columns: Vec<usize> = collect_columns(expr).iter().map(Column::index).collect();
    columns.sort_unstable();
    columns.dedup();
    let over_own = expr.clone().transform_up(|part| {
        let any: &dyn std::any::Any = part.as_ref();
        let Some(column) = any.downcast_ref::<Column>() else { return Ok(Transformed::no(part)) };
        let at = columns.partition_point(|other| *other < column.index());
        Ok(Transformed::yes(Arc::new(Column::new(column.name(), at)) as Arc<dyn PhysicalExpr>))
    });
    Some((columns, over_own.data().ok()?))
}

/// The rows that are left of a batch.
enum Rows {
    All(usize),
    /// By a bit for each row, with their count.
    Dense(BooleanBuffer, usize),
    /// By their numbers, of so many rows.
    Sparse(UInt32Array, usize),
}

impl Rows {
    fn of(passing: BooleanBuffer) -> Rows {
        let count = passing.count_set_bits();
        if count > passing.len() / SPARSE || u32::try_from(passing.len()).is_err() {
            return Rows::Dense(passing, count);
        }
        Rows::Sparse(passing.set_indices_u32().collect(), passing.len())
    }

    fn is_empty(&self) -> bool {
        match self {
            Rows::All(count) | Rows::Dense(_, count) => *count == 0,
            Rows::Sparse(rows, _) => rows.is_empty(),
        }
    }

    fn into_mask(self) -> BooleanBuffer {
        match self {
            Rows::All(count) => BooleanBuffer::new_set(count),
            Rows::Dense(rows, _) => rows,
            Rows::Sparse(rows, count) => {
                let mut bits = MutableBuffer::new_null(count);
                rows.values().iter().for_each(|row| bit_util::set_bit(bits.as_slice_mut(), *row as usize));
                BooleanBuffer::new(bits.into(), 0, count)
            }
        }
    }
}

/// The rows for which a predicate is true.
fn passing(values: ColumnarValue, rows: usize) -> Result<BooleanBuffer> {
    let values = values.into_array(rows)?;
    let Some(values) = values.as_boolean_opt() else {
        return internal_err!("a predicate that is not Boolean");
    };
    Ok(match values.nulls() {
        Some(valid) => values.values() & valid.inner(),
        None => values.values().clone(),
    })
}

impl PhysicalExpr for Conjunction {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(false)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let rows = self.rows(batch)?.into_mask();
        Ok(ColumnarValue::Array(Arc::new(BooleanArray::new(rows, None))))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        self.predicates.iter().map(|predicate| &predicate.expr).collect()
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Conjunction { predicates: children.iter().map(Predicate::of).collect() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Conjunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, predicate) in self.predicates.iter().enumerate() {
            if at > 0 {
                write!(f, " AND ")?;
            }
            let any: &dyn std::any::Any = predicate.expr.as_ref();
            match any.downcast_ref::<BinaryExpr>() {
                Some(either) if *either.op() == Operator::Or => write!(f, "({either})")?,
                _ => write!(f, "{}", predicate.expr)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringViewArray};
    use arrow::datatypes::Field;
    use datafusion::common::ScalarValue;
    use datafusion::physical_plan::expressions::{binary, col, in_list, lit};

    use super::*;

    fn batch(rows: i64) -> RecordBatch {
        let numbers: Int64Array = (0..rows).map(|row| (row % 11 != 3).then_some(row % 100)).collect();
        let other: Int64Array = (0..rows).map(|row| Some(row % 7)).collect();
        let texts: StringViewArray = (0..rows).map(|row| Some(["a", "b", "c"][row as usize % 3])).collect();
        let schema = Schema::new(vec![
            Field::new("x", DataType::Int64, true),
            Field::new("s", DataType::Utf8View, true),
            Field::new("y", DataType::Int64, true),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(numbers), Arc::new(texts), Arc::new(other)])
            .unwrap()
    }

    fn text(text: &str) -> Arc<dyn PhysicalExpr> {
        lit(ScalarValue::Utf8View(Some(text.to_string())))
    }

    /// The same as DataFusion's AND where both take NULL for false, for all shares of rows that are left.
    #[test]
    fn as_nested_pairs() {
        let batch = batch(1_000);
        let schema = batch.schema();
        let compared = |name: &str, op, value: i64| {
            binary(col(name, &schema).unwrap(), op, lit(value), &schema).unwrap()
        };
        let letters = |of: &[&str]| {
            in_list(col("s", &schema).unwrap(), of.iter().map(|of| text(of)).collect(), &false, &schema)
                .unwrap()
        };
        for bound in [0, 1, 10, 20, 60, 200] {
            for parts in [
                vec![compared("x", Operator::Lt, bound), compared("y", Operator::GtEq, 3)],
                vec![
                    letters(&["a", "c"]),
                    compared("y", Operator::NotEq, 3),
                    compared("x", Operator::Lt, bound),
                ],
                vec![compared("x", Operator::Lt, bound), letters(&[]), compared("y", Operator::Eq, 2)],
                vec![
                    compared("x", Operator::GtEq, 100 - bound),
                    binary(
                        compared("y", Operator::Eq, 1),
                        Operator::Or,
                        compared("y", Operator::Eq, 5),
                        &schema,
                    )
                    .unwrap(),
                    letters(&["b"]),
                    compared("x", Operator::NotEq, 99),
                ],
            ] {
                let nested = parts
                    .into_iter()
                    .reduce(|left, right| binary(left, Operator::And, right, &schema).unwrap());
                let nested = nested.unwrap();
                let conjunction = Conjunction::of(&nested, &schema).unwrap();
                let values = |expr: &dyn PhysicalExpr| {
                    passing(expr.evaluate(&batch).unwrap(), batch.num_rows()).unwrap()
                };
                assert_eq!(values(&conjunction), values(nested.as_ref()), "of {nested}");
            }
        }
    }

    #[test]
    fn cheap_ones_come_first() {
        let schema = batch(1).schema();
        let compared = |name: &str, value: i64| {
            binary(col(name, &schema).unwrap(), Operator::Lt, lit(value), &schema).unwrap()
        };
        let text = binary(col("s", &schema).unwrap(), Operator::Eq, text("a"), &schema).unwrap();
        let sum = binary(col("x", &schema).unwrap(), Operator::Plus, lit(1i64), &schema).unwrap();
        let fails = binary(sum, Operator::Lt, lit(5i64), &schema).unwrap();
        let and = |left, right| binary(left, Operator::And, right, &schema).unwrap();
        let condition = and(and(and(fails, text), compared("y", 5)), compared("x", 5));
        let conjunction = Conjunction::of(&condition, &schema).unwrap();
        assert_eq!(conjunction.to_string(), "y@2 < 5 AND x@0 < 5 AND s@1 = a AND x@0 + 1 < 5");
        assert!(Conjunction::of(&compared("x", 5), &schema).is_none());
    }
}

//! Lookups: predicates of a scan that an index on a scalar column answers, as equality or range.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use linal_dataset::catalog::IndexDef;
use linal_dataset::normalized_key::normalized_keys;
use linal_dataset::sorted_rows::KeyBound;
use linal_dataset::{Snapshot, same_name};

/// Datasets with fewer rows are scanned faster than looked up.
pub(crate) const WORTHWHILE_ROWS: usize = 1_000;

/// A lookup that selects more than one in this many rows is slower than a scan.
const SELECTIVE: usize = 8;

/// The range of values that satisfy a predicate; the flag says whether the bound is inclusive.
#[derive(Clone, Debug, Default)]
struct Bounds {
    lower: Option<(ScalarValue, bool)>,
    upper: Option<(ScalarValue, bool)>,
}

/// A use of an index by a scan.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub index: Arc<IndexDef>,
    bounds: Bounds,
}

impl Lookup {
    /// The lookup that the filters of a scan allow; an equality is preferred to a range.
    pub fn of(indexes: &[Arc<IndexDef>], conditions: &[Expr], schema: &Schema) -> Option<Lookup> {
        let mut best: Option<Lookup> = None;
        for index in indexes.iter().filter(|index| index.metric.is_none()) {
            let mut bounds = Bounds::default();
            for condition in conditions {
                if let Some((column, op, value)) = comparison(condition, schema)
                    && same_name(column, &index.column)
                {
                    bounds.add(op, value);
                }
            }
            let is_equality = bounds.is_equality();
            let is_range = bounds.lower.is_some() || bounds.upper.is_some();
            if is_equality || (is_range && best.is_none()) {
                best = Some(Lookup { index: index.clone(), bounds });
            }
            if is_equality {
                break;
            }
        }
        best
    }

    /// The row numbers to read, ascending; `None` if a scan is better.
    pub fn rows(&self, snapshot: &Arc<Snapshot>) -> Result<Option<Vec<u64>>> {
        let column = snapshot.columns.iter().position(|column| same_name(&column.name, &self.index.column));
        let Some(column) = column.filter(|_| snapshot.rows >= WORTHWHILE_ROWS) else { return Ok(None) };
        let bounds = [key_bound(self.bounds.lower.as_ref())?, key_bound(self.bounds.upper.as_ref())?];
        let rows = self.index.sorted.within(snapshot, column, bounds, snapshot.rows / SELECTIVE);
        rows.map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

fn key_bound(bound: Option<&(ScalarValue, bool)>) -> Result<Option<KeyBound>> {
    bound
        .map(|(key, is_inclusive)| Ok(KeyBound { key: key.to_array()?, is_inclusive: *is_inclusive }))
        .transpose()
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &self.index.column;
        write!(f, "index={}(", self.index.name)?;
        match (&self.bounds.lower, &self.bounds.upper) {
            (Some((value, _)), _) if self.bounds.is_equality() => write!(f, "{column} = {value}")?,
            (lower, upper) => {
                if let Some((value, inclusive)) = lower {
                    write!(f, "{column} {} {value}", if *inclusive { ">=" } else { ">" })?;
                }
                if lower.is_some() && upper.is_some() {
                    f.write_str(" AND ")?;
                }
                if let Some((value, inclusive)) = upper {
                    write!(f, "{column} {} {value}", if *inclusive { "<=" } else { "<" })?;
                }
            }
        }
        f.write_str(")")
    }
}

impl Bounds {
    fn is_equality(&self) -> bool {
        matches!((&self.lower, &self.upper), (Some((low, true)), Some((high, true))) if low == high)
    }

    /// Narrows the bounds by another comparison.
    fn add(&mut self, op: Operator, value: ScalarValue) {
        let tighter = |known: &Option<(ScalarValue, bool)>, direction: Ordering| match known {
            None => true,
            Some((bound, _)) => {
                value.partial_cmp(bound).is_none_or(|order| order == direction || order.is_eq())
            }
        };
        if matches!(op, Operator::Eq | Operator::Gt | Operator::GtEq)
            && tighter(&self.lower, Ordering::Greater)
        {
            self.lower = Some((value.clone(), op != Operator::Gt));
        }
        if matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq) && tighter(&self.upper, Ordering::Less)
        {
            self.upper = Some((value.clone(), op != Operator::Lt));
        }
    }
}

/// Whether a predicate compares an indexed column with a literal.
pub(crate) fn is_useful(indexes: &[Arc<IndexDef>], condition: &Expr, schema: &Schema) -> bool {
    comparison(condition, schema).is_some_and(|(column, ..)| {
        indexes.iter().any(|index| index.metric.is_none() && same_name(&index.column, column))
    })
}

/// `column op literal`, with the literal in the column's type.
fn comparison<'a>(condition: &'a Expr, schema: &Schema) -> Option<(&'a str, Operator, ScalarValue)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    let (column, op, value) = match (column_of(left), column_of(right)) {
        (Some(column), None) => (column, *op, right),
        (None, Some(column)) => (column, op.swap()?, left),
        _ => return None,
    };
    let Expr::Literal(value, _) = value.as_ref() else { return None };
    let field = schema.field_with_name(column).ok()?;
    let is_order = matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    if !is_order || value.is_null() || value.data_type() != *field.data_type() {
        return None;
    }
    // The order is one of normalized keys, in which -0 is 0.
    let key = normalized_keys(&value.to_array().ok()?).ok()?;
    Some((column, op, ScalarValue::try_from_array(&key, 0).ok()?))
}

/// A column, or the normalized key of a float column.
fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Column(column) => Some(&column.name),
        Expr::ScalarFunction(call) if call.func.name() == "__normalized_key" => column_of(call.args.first()?),
        _ => None,
    }
}

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
use linal_dataset::sorted_rows::{KeyBound, SortedRows};
use linal_dataset::{Constraint, Snapshot, same_name};

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
    /// The values of all columns of a key, in their order.
    key: Option<Vec<(Arc<str>, ScalarValue)>>,
}

/// A key of a dataset: at most one row has given values in these columns.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// The name of its constraint.
    pub name: Arc<str>,
    /// The dataset.
    pub table: Arc<str>,
    /// The columns.
    pub columns: Vec<Arc<str>>,
}

impl Key {
    /// The keys of a snapshot.
    pub fn all(snapshot: &Snapshot) -> Vec<Key> {
        let of = |constraint: &Constraint| {
            let columns = constraint.key()?.to_vec();
            Some(Key { name: constraint.name.clone(), table: snapshot.name.clone(), columns })
        };
        snapshot.constraints.iter().filter_map(of).collect()
    }

    /// The lookup of conditions that fix all columns.
    fn lookup(&self, conditions: &[Expr], schema: &Schema) -> Option<Lookup> {
        let value_of = |name: &Arc<str>| {
            let equal = conditions.iter().filter_map(|condition| comparison(condition, schema));
            let mut equal = equal.filter(|(column, op, _)| *op == Operator::Eq && same_name(column, name));
            Some((name.clone(), equal.next()?.2))
        };
        let values: Vec<_> = self.columns.iter().map(value_of).collect::<Option<_>>()?;
        let index = IndexDef {
            name: self.name.clone(),
            table: self.table.clone(),
            column: self.columns.join(", ").into(),
            metric: None,
            sorted: SortedRows::default(),
        };
        Some(Lookup { index: Arc::new(index), bounds: Bounds::default(), key: Some(values) })
    }
}

impl Lookup {
    /// The lookup that the filters of a scan allow: a key is preferred to an equality, and that to a range.
    pub fn of(
        keys: &[Key],
        indexes: &[Arc<IndexDef>],
        conditions: &[Expr],
        schema: &Schema,
    ) -> Option<Lookup> {
        if let Some(lookup) = keys.iter().find_map(|key| key.lookup(conditions, schema)) {
            return Some(lookup);
        }
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
                best = Some(Lookup { index: index.clone(), bounds, key: None });
            }
            if is_equality {
                break;
            }
        }
        best
    }

    /// The row numbers to read, ascending; `None` if a scan is better.
    pub fn rows(&self, snapshot: &Arc<Snapshot>) -> Result<Option<Vec<u64>>> {
        if let Some(values) = &self.key {
            return self.row_of_key(snapshot, values);
        }
        let column = snapshot.columns.iter().position(|column| same_name(&column.name, &self.index.column));
        let Some(column) = column.filter(|_| snapshot.rows >= WORTHWHILE_ROWS) else { return Ok(None) };
        let bounds = [key_bound(self.bounds.lower.as_ref())?, key_bound(self.bounds.upper.as_ref())?];
        let rows = self.index.sorted.within(snapshot, column, bounds, snapshot.rows / SELECTIVE);
        rows.map_err(|error| DataFusionError::External(Box::new(error)))
    }
}

impl Lookup {
    /// The row with the values of a key. Its index is there when the dataset was changed since it was opened; to make it for
    /// one lookup would cost more than a scan.
    fn row_of_key(
        &self,
        snapshot: &Snapshot,
        values: &[(Arc<str>, ScalarValue)],
    ) -> Result<Option<Vec<u64>>> {
        if snapshot.rows < WORTHWHILE_ROWS {
            return Ok(None);
        }
        let external = |error| DataFusionError::External(Box::new(error));
        let key = |at: &usize| same_name(&snapshot.constraints[*at].name, &self.index.name);
        let Some(index) = snapshot.keys().find(key).and_then(|at| snapshot.known_key_index(at)) else {
            return Ok(None);
        };
        let values = values.iter().map(|(_, value)| value.to_array()).collect::<Result<Vec<_>>>()?;
        let keys = index.keys(&values).map_err(external)?;
        let row = keys.first().copied().flatten().and_then(|key| index.row_of(key));
        Ok(Some(row.map(|row| row as u64).into_iter().collect()))
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
        if let Some(values) = &self.key {
            for (at, (column, value)) in values.iter().enumerate() {
                write!(f, "{}{column} = {value}", if at > 0 { ", " } else { "" })?;
            }
            return f.write_str(")");
        }
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
pub(crate) fn is_useful(keys: &[Key], indexes: &[Arc<IndexDef>], condition: &Expr, schema: &Schema) -> bool {
    comparison(condition, schema).is_some_and(|(column, op, _)| {
        let of_key = |key: &Key| key.columns.iter().any(|name| same_name(name, column));
        if op == Operator::Eq && keys.iter().any(of_key) {
            return true;
        }
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

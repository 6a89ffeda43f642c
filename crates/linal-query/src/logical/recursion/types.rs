//! The types of a recursion's columns.
//!
//! The recursive term is planned over the types of the first. Where it returns wider ones, both are planned
//! again over those, until nothing changes: `1` and `a * 1.5` make Float, and `a` is a Float in all rounds.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::type_coercion::binary::type_union_coercion;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use linal_dataset::Error;
use linal_error::Code;
use linal_store::{ColumnType, TensorType};

use super::node;
use crate::error::external;
use crate::udf::cast_tensor;

/// A term of a recursion, by the recursion's number in the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    First(usize),
    Recursive(usize),
}

const FIRST: &str = "__first_term ";
const RECURSIVE: &str = "__recursive_term ";

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::First(number) => write!(f, "{FIRST}{number}"),
            Term::Recursive(number) => write!(f, "{RECURSIVE}{number}"),
        }
    }
}

impl Term {
    /// The alias that marks the term of a recursion of this name.
    pub fn mark(self, name: &str) -> String {
        format!("{self} {name}")
    }
}

/// The term that an alias marks, and the name of its recursion.
pub(crate) fn term(alias: &str) -> Option<(Term, &str)> {
    let marked = |prefix: &str| {
        let (number, name) = alias.strip_prefix(prefix)?.split_once(' ')?;
        Some((number.parse().ok()?, name))
    };
    let first = marked(FIRST).map(|(number, name)| (Term::First(number), name));
    first.or_else(|| marked(RECURSIVE).map(|(number, name)| (Term::Recursive(number), name)))
}

/// The columns of a query's recursions, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecursiveTypes(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    columns: HashMap<usize, Vec<Wide>>,
    /// Whether a type became wider since the last call of `take_wider`.
    is_wider: bool,
}

/// A column, and how often the recursive term widened it.
#[derive(Clone, Debug)]
struct Wide {
    field: FieldRef,
    rounds: usize,
}

/// How often a type may widen. Only decimals may not converge: each product has more fractional digits.
const MAX_ROUNDS: usize = 4;

impl RecursiveTypes {
    /// Whether a type became wider since the last call, so that the query is planned again.
    pub fn take_wider(&self) -> bool {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).is_wider)
    }

    /// A planned term in the types of its recursion.
    ///
    /// # Errors `E0705` and `E0203` for columns without a common type, `E0706` for another number of columns.
    /// Any error if the recursive term has wider types than were known.
    pub fn apply(&self, term: Term, name: &str, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match term {
            Term::First(number) => known.first(number, plan),
            Term::Recursive(number) => with_direct_read(known.recursive(number, plan)?, name),
        }
    }
}

impl Known {
    fn first(&mut self, number: usize, plan: LogicalPlan) -> Result<LogicalPlan> {
        let own = plan.schema().fields().iter().map(|field| Wide { field: field.clone(), rounds: 0 });
        let columns = self.columns.entry(number).or_insert_with(|| own.collect());
        // The first term of a recursion inside another may have become wider along with it.
        for (column, field) in columns.iter_mut().zip(plan.schema().fields()) {
            column.field = common(&column.field, field)?;
        }
        as_types(plan, columns)
    }

    fn recursive(&mut self, number: usize, plan: LogicalPlan) -> Result<LogicalPlan> {
        let Some(columns) = self.columns.get_mut(&number) else { return Ok(plan) };
        let fields = plan.schema().fields().clone();
        if fields.len() != columns.len() {
            let message = format!(
                "the first term of a recursive query has {}, its recursive term {}",
                count(columns.len()),
                fields.len()
            );
            return Err(external(Error::new(Code::BadQuery, message)));
        }
        for (column, field) in columns.iter_mut().zip(&fields) {
            let common = common(&column.field, field)?;
            if !is_same(&common, &column.field) {
                column.rounds += 1;
                if column.rounds > MAX_ROUNDS {
                    return Err(external(endless(&column.field, &common)));
                }
                column.field = common;
                self.is_wider = true;
            }
        }
        if self.is_wider {
            // The terms are planned again, and this error is discarded.
            return datafusion::common::plan_err!("wider types in a recursion");
        }
        as_types(plan, columns)
    }
}

fn count(columns: usize) -> String {
    if columns == 1 { "1 column".to_string() } else { format!("{columns} columns") }
}

fn endless(one: &Field, other: &Field) -> Error {
    let message = format!(
        "a column of a recursive query gets a wider type in each round, {} after {}",
        ColumnType::of(other),
        ColumnType::of(one)
    );
    Error::new(Code::BadCast, message).with_help("CAST it to one type in the recursive term")
}

/// Whether two fields have the same type; nullability is ignored.
fn is_same(one: &Field, other: &Field) -> bool {
    one.data_type() == other.data_type() && TensorType::of(one) == TensorType::of(other)
}

/// The common type of both columns, under the first one's name.
fn common(first: &FieldRef, recursive: &FieldRef) -> Result<FieldRef> {
    if is_same(first, recursive) || recursive.data_type().is_null() {
        return Ok(first.clone());
    }
    if first.data_type().is_null() {
        return Ok(Arc::new(recursive.as_ref().clone().with_name(first.name()).with_nullable(true)));
    }
    match (TensorType::of(first), TensorType::of(recursive)) {
        (Some(one), Some(other)) if one.shape == other.shape => {
            let wide = TensorType { dtype: one.dtype.promote(other.dtype), ..one };
            Ok(Arc::new(ColumnType::Tensor(wide).field(first.name().clone(), true)))
        }
        (None, None) => common_scalar(first, recursive),
        _ => Err(mismatch(Code::ShapeMismatch, first, recursive)),
    }
}

fn common_scalar(first: &FieldRef, recursive: &FieldRef) -> Result<FieldRef> {
    let (one, other) = (first.data_type(), recursive.data_type());
    let is_alike =
        one.is_string() == other.is_string() && (*one == DataType::Boolean) == (*other == DataType::Boolean);
    let wide = type_union_coercion(one, other).filter(|_| is_alike);
    match wide {
        // A sum has one digit more in each round, up to a decimal's maximum.
        Some(DataType::Decimal128(_, scale)) if one.is_decimal() && other.is_decimal() => {
            Ok(Arc::new(Field::new(first.name(), DataType::Decimal128(38, scale), true)))
        }
        Some(wide) => Ok(Arc::new(Field::new(first.name(), wide, true))),
        None => Err(mismatch(Code::BadCast, first, recursive)),
    }
}

fn mismatch(code: Code, first: &Field, recursive: &Field) -> datafusion::common::DataFusionError {
    let message = format!(
        "a column of a recursive query is {} in the first term and {} in the recursive term",
        ColumnType::of(first),
        ColumnType::of(recursive)
    );
    external(Error::new(code, message).with_help("CAST one of them to the other's type"))
}

/// A recursive term that reads its recursion outside of subqueries, too. DataFusion does not look for
/// references in subqueries, and would take the term for a non-recursive one.
fn with_direct_read(plan: LogicalPlan, name: &str) -> Result<LogicalPlan> {
    match node::only_read_in_subqueries(&plan, name)? {
        Some(table) => {
            let nothing = LogicalPlanBuilder::from(table).filter(lit(false))?.build()?;
            LogicalPlanBuilder::from(plan).union(nothing)?.build()
        }
        None => Ok(plan),
    }
}

/// A plan whose columns are cast to these types.
fn as_types(plan: LogicalPlan, columns: &[Wide]) -> Result<LogicalPlan> {
    let schema = plan.schema().clone();
    if schema.fields().iter().zip(columns).all(|(field, column)| is_same(field, &column.field)) {
        return Ok(plan);
    }
    let exprs = schema.iter().zip(columns).map(|((relation, field), column)| {
        let value = Expr::Column(Column::from((relation, field)));
        if is_same(field, &column.field) {
            return value;
        }
        let value = match TensorType::of(&column.field) {
            Some(tensor) if !field.data_type().is_null() => cast_tensor(tensor).call(vec![value]),
            _ => cast(value, column.field.data_type().clone()),
        };
        value.alias_qualified(relation.cloned(), field.name())
    });
    LogicalPlanBuilder::from(plan).project(exprs.collect::<Vec<_>>())?.build()
}

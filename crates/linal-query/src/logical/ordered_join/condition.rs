//! The condition of an ASOF JOIN: equalities, and one inequality between a value of each side.

use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, lit};
use linal_dataset::Error;
use linal_error::Code;

use crate::error::external;

/// How a value of the right side is compared with one of the left side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    /// Equal, and not NULL.
    Equal,
    /// Equal, or both NULL.
    NotDistinct,
    /// The last one that is not greater.
    NotAfter,
    /// The last one that is less.
    Before,
    /// The first one that is not less.
    NotBefore,
    /// The first one that is greater.
    After,
}

impl Comparison {
    /// The comparison of `left op right`.
    fn of(op: Operator) -> Option<Comparison> {
        Some(match op {
            Operator::Eq => Comparison::Equal,
            Operator::IsNotDistinctFrom => Comparison::NotDistinct,
            Operator::GtEq => Comparison::NotAfter,
            Operator::Gt => Comparison::Before,
            Operator::LtEq => Comparison::NotBefore,
            Operator::Lt => Comparison::After,
            _ => return None,
        })
    }

    /// The operator between a left and a right value.
    pub fn operator(self) -> Operator {
        match self {
            Comparison::Equal => Operator::Eq,
            Comparison::NotDistinct => Operator::IsNotDistinctFrom,
            Comparison::NotAfter => Operator::GtEq,
            Comparison::Before => Operator::Gt,
            Comparison::NotBefore => Operator::LtEq,
            Comparison::After => Operator::Lt,
        }
    }

    /// Whether it is one of the equalities.
    pub fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::NotDistinct)
    }

    /// Whether the last of the matching values is taken, and not the first.
    pub fn takes_last(self) -> bool {
        matches!(self, Comparison::NotAfter | Comparison::Before)
    }

    /// Whether an equal value matches.
    pub fn includes_equal(self) -> bool {
        matches!(self, Comparison::NotAfter | Comparison::NotBefore)
    }
}

/// The schemas of both sides.
pub(crate) struct Sides<'a> {
    pub left: &'a DFSchema,
    pub right: &'a DFSchema,
}

/// A value of each side, and their comparison.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub left: Expr,
    pub right: Expr,
    pub comparison: Comparison,
}

impl Sides<'_> {
    /// The terms of a condition, each as `left op right`.
    ///
    /// # Errors
    /// A condition without an inequality, with several, or with a term that compares neither side with the other.
    pub fn terms(&self, condition: Option<Expr>) -> Result<Vec<Expr>> {
        let pairs: Vec<Pair> = condition
            .into_iter()
            .flat_map(split_conjunction_owned)
            .map(|term| self.pair(term))
            .collect::<Result<_>>()?;
        match pairs.iter().filter(|pair| !pair.comparison.is_equality()).count() {
            1 => Ok(pairs.into_iter().map(Pair::into_expr).collect()),
            0 => Err(external(
                Error::new(Code::BadQuery, "the ASOF JOIN has no inequality between its sides")
                    .with_help("one of >=, >, <= and < orders the rows, as in `a.k = b.k AND a.ts >= b.ts`"),
            )),
            count => Err(external(Error::new(
                Code::BadQuery,
                format!("the ASOF JOIN has {count} inequalities, and one of them has to order the rows"),
            ))),
        }
    }

    /// A term of the condition. One over a single side is compared with `true`.
    pub fn pair(&self, term: Expr) -> Result<Pair> {
        let term = term.unalias();
        if let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &term {
            let pair = |left: &Expr, right: &Expr, op: Operator| {
                let comparison = Comparison::of(op)?;
                Some(Pair { left: left.clone(), right: right.clone(), comparison })
            };
            let found = if is_over(left, self.left) && is_over(right, self.right) {
                pair(left, right, *op)
            } else if is_over(right, self.left) && is_over(left, self.right) {
                op.swap().and_then(|op| pair(right, left, op))
            } else {
                None
            };
            if let Some(pair) = found
                // An inequality with a constant is a condition of one side.
                && (pair.comparison.is_equality() || has_columns(&pair.left) && has_columns(&pair.right))
            {
                return Ok(pair);
            }
        }
        if is_over(&term, self.right) {
            return Ok(Pair { left: lit(true), right: term, comparison: Comparison::Equal });
        }
        if is_over(&term, self.left) {
            return Ok(Pair { left: term, right: lit(true), comparison: Comparison::Equal });
        }
        Err(external(
            Error::new(
                Code::BadQuery,
                "a condition of the ASOF JOIN is neither an equality nor the inequality",
            )
            .with_help("other conditions between both sides go into WHERE, or into a subquery"),
        ))
    }
}

impl Pair {
    fn into_expr(self) -> Expr {
        let Pair { left, right, comparison } = self;
        Expr::BinaryExpr(BinaryExpr::new(Box::new(left), comparison.operator(), Box::new(right)))
    }
}

fn has_columns(expr: &Expr) -> bool {
    !expr.column_refs().is_empty()
}

/// Whether all columns of an expression are columns of a side.
fn is_over(expr: &Expr, side: &DFSchema) -> bool {
    expr.column_refs().into_iter().all(|column| side.has_column(column))
}

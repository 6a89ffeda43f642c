//! COLLATE: comparisons and orders of texts with NOCASE compare their lower case. `C`, `POSIX` and `BINARY` are how texts are
//! compared anyway.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::resolve::call;

/// Writes out the collations of a query.
///
/// # Errors
///
/// `E0304` for an unknown collation.
pub(crate) fn write_out(query: &mut sql::Query) -> Result<()> {
    match query.walk_mut(&mut Collations) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// How texts are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Collation {
    Binary,
    NoCase,
}

impl Collation {
    fn of(name: &sql::ObjectName) -> Result<Collation> {
        let written = name.to_string();
        match written.to_lowercase().as_str() {
            "nocase" => Ok(Collation::NoCase),
            "c" | "posix" | "binary" | "ucs_basic" => Ok(Collation::Binary),
            _ => {
                let known = ["NOCASE", "C", "POSIX", "BINARY"];
                let error = Error::unknown(Code::UnknownName, "collation", &written, known)
                    .or_help("texts are compared by NOCASE, C, POSIX or BINARY");
                let place = name.0.first().and_then(|part| part.as_ident());
                Err(match place.and_then(|name| linal_lang::sql::span(name.span)) {
                    Some(place) => error.at(place),
                    None => error,
                })
            }
        }
    }
}

struct Collations;

impl VisitorMut for Collations {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        if let Some(sql::OrderBy { kind: sql::OrderByKind::Expressions(keys), .. }) = &mut query.order_by {
            keys.iter_mut().try_for_each(|key| folded(&mut key.expr))?;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut sql::Select) -> ControlFlow<Error> {
        if let sql::GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            keys.iter_mut().try_for_each(folded)?;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        match expr {
            sql::Expr::BinaryOp { left, op, right } if is_comparison(op) => together(vec![left, right]),
            sql::Expr::IsDistinctFrom(left, right) | sql::Expr::IsNotDistinctFrom(left, right) => {
                together(vec![left, right])
            }
            sql::Expr::Between { expr, low, high, .. } => together(vec![expr, low, high]),
            sql::Expr::InList { expr, list, .. } => {
                together(std::iter::once(&mut **expr).chain(list.iter_mut()).collect())
            }
            sql::Expr::Function(function) => {
                if let Some(sql::WindowType::WindowSpec(window)) = &mut function.over {
                    window.order_by.iter_mut().try_for_each(|key| folded(&mut key.expr))?;
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        // Elsewhere a collation does not change the value.
        if let sql::Expr::Collate { expr: inner, collation } = expr {
            if let Err(error) = Collation::of(collation) {
                return ControlFlow::Break(error);
            }
            *expr = sql::Expr::Nested(inner.clone());
        }
        ControlFlow::Continue(())
    }
}

fn is_comparison(op: &sql::BinaryOperator) -> bool {
    use sql::BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// Folds all operands of a comparison if one of them has the collation.
fn together(operands: Vec<&mut sql::Expr>) -> ControlFlow<Error> {
    let mut ignores_case = false;
    for operand in &operands {
        match collation_of(operand) {
            Ok(collation) => ignores_case |= collation == Some(Collation::NoCase),
            Err(error) => return ControlFlow::Break(error),
        }
    }
    if ignores_case {
        for operand in operands {
            *operand = lower(operand);
        }
    }
    ControlFlow::Continue(())
}

/// Folds a key with the collation.
fn folded(key: &mut sql::Expr) -> ControlFlow<Error> {
    match collation_of(key) {
        Ok(Some(Collation::NoCase)) => *key = lower(key),
        Ok(_) => {}
        Err(error) => return ControlFlow::Break(error),
    }
    ControlFlow::Continue(())
}

fn collation_of(expr: &sql::Expr) -> Result<Option<Collation>> {
    match expr {
        sql::Expr::Collate { collation, .. } => Collation::of(collation).map(Some),
        sql::Expr::Nested(inner) => collation_of(inner),
        _ => Ok(None),
    }
}

fn lower(operand: &sql::Expr) -> sql::Expr {
    call("lower", vec![operand.clone()])
}

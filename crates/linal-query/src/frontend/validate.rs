//! Rejects queries that DataFusion would misinterpret.

use std::ops::ControlFlow;

use datafusion::sql::planner::ContextProvider;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::Walk;
use sqlparser::ast as sql;
use sqlparser::ast::Visitor;

use super::desugar::{patterns, row_values};
use super::own_expressions::each_own_expression;
use crate::planner::context_provider::Provider;

/// Rejects joins without a condition, COUNT of several arguments, and OVER with functions that are not window
/// functions, and subqueries that nest too deep.
pub(crate) fn check(query: &sql::Query, provider: &Provider<'_>) -> Result<()> {
    match query.walk(&mut Refusal { provider, subqueries: 0 }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// The most subqueries that may stand within one another in expressions. DataFusion checks each of them once for every one around
/// it and once for itself, so that another level doubles the time of planning.
const MAX_SUBQUERIES: usize = 16;

struct Refusal<'a, 'b> {
    provider: &'a Provider<'b>,
    /// Subqueries around the expression that is visited.
    subqueries: usize,
}

impl Visitor for Refusal<'_, '_> {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &sql::Select) -> ControlFlow<Error> {
        self.groups_of_rows(select)?;
        use sql::{JoinConstraint, JoinOperator as J};
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let lateral = matches!(
                &join.relation,
                sql::TableFactor::Derived { lateral: true, .. } | sql::TableFactor::UNNEST { .. }
            );
            if let J::StraightJoin(constraint) = &join.join_operator {
                if *constraint == JoinConstraint::None {
                    continue;
                }
                let error = Error::new(Code::BadQuery, "POSITIONAL JOIN takes no condition");
                return ControlFlow::Break(error.with_help("it pairs rows by their position"));
            }
            if let J::Join(JoinConstraint::None)
            | J::Inner(JoinConstraint::None)
            | J::Left(JoinConstraint::None)
            | J::LeftOuter(JoinConstraint::None)
            | J::Right(JoinConstraint::None)
            | J::RightOuter(JoinConstraint::None)
            | J::FullOuter(JoinConstraint::None)
            | J::LeftSemi(JoinConstraint::None)
            | J::RightSemi(JoinConstraint::None)
            | J::LeftAnti(JoinConstraint::None)
            | J::RightAnti(JoinConstraint::None) = &join.join_operator
                && !lateral
            {
                let message = format!("the join with {} has no ON and no USING", join.relation);
                let help = if join.global {
                    "ASOF JOIN needs an inequality, as in ON a.k = b.k AND a.ts >= b.ts"
                } else {
                    "CROSS JOIN pairs every row with every other"
                };
                let error = Error::new(Code::BadQuery, message).with_help(help);
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Error> {
        self.subqueries += usize::from(is_subquery(expr));
        if self.subqueries > MAX_SUBQUERIES {
            let message = format!("more than {MAX_SUBQUERIES} subqueries stand within one another");
            let error = Error::new(Code::NestingTooDeep, message)
                .with_help("a query in FROM or WITH may nest deeper, and a join says the same");
            return ControlFlow::Break(error);
        }
        if let Err(error) = patterns::check_escape(expr).and_then(|()| row_values::check_lengths(expr)) {
            return ControlFlow::Break(error);
        }
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let name = function.name.to_string().to_lowercase();
        if name == "count" {
            count_of_one(function)?;
        }
        if OF_PAIRS.contains(&name.as_str()) {
            not_distinct(&name, function)?;
        }
        let is_scalar = self.provider.get_function_meta(&name).is_some()
            && self.provider.get_aggregate_meta(&name).is_none()
            && self.provider.get_window_meta(&name).is_none();
        if function.over.is_none() || !is_scalar {
            return ControlFlow::Continue(());
        }
        let message = format!("{} is computed row by row, and takes no OVER", name.to_uppercase());
        ControlFlow::Break(Error::new(Code::BadQuery, message))
    }

    fn post_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<Error> {
        self.subqueries -= usize::from(is_subquery(expr));
        ControlFlow::Continue(())
    }
}

/// Whether an expression is a query, or is compared with one.
fn is_subquery(expr: &sql::Expr) -> bool {
    matches!(expr, sql::Expr::Subquery(_) | sql::Expr::InSubquery { .. } | sql::Expr::Exists { .. })
}

impl Refusal<'_, '_> {
    /// A key of GROUP BY is computed before there are groups.
    fn groups_of_rows(&self, select: &sql::Select) -> ControlFlow<Error> {
        let sql::GroupByExpr::Expressions(keys, _) = &select.group_by else {
            return ControlFlow::Continue(());
        };
        let mut found = None;
        for key in keys {
            each_own_expression(&mut key.clone(), |expr| {
                if let sql::Expr::Function(function) = expr
                    && function.over.is_none()
                    && let Some(name) = function.name.0.first().and_then(|part| part.as_ident())
                    && self.provider.get_function_meta(&name.value.to_lowercase()).is_none()
                    && self.provider.get_aggregate_meta(&name.value.to_lowercase()).is_some()
                {
                    found = found.take().or_else(|| Some(name.clone()));
                }
            });
        }
        let Some(name) = found else { return ControlFlow::Continue(()) };
        let message = format!("GROUP BY is about rows, and has the aggregate {}", name.value.to_uppercase());
        let error = Error::new(Code::BadQuery, message)
            .with_help("HAVING is about groups; a subquery computes an aggregate first");
        ControlFlow::Break(match linal_lang::sql::span(name.span) {
            Some(place) => error.at(place),
            None => error,
        })
    }
}

/// Aggregates of two columns, for which DataFusion ignores DISTINCT.
const OF_PAIRS: [&str; 13] = [
    "corr",
    "covar",
    "covar_pop",
    "covar_samp",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
];

/// Rejects DISTINCT in an aggregate that would ignore it.
fn not_distinct(name: &str, function: &sql::Function) -> ControlFlow<Error> {
    let sql::FunctionArguments::List(list) = &function.args else { return ControlFlow::Continue(()) };
    if list.duplicate_treatment != Some(sql::DuplicateTreatment::Distinct) {
        return ControlFlow::Continue(());
    }
    let message = format!("{} of distinct pairs is not supported", name.to_uppercase());
    let error = Error::new(Code::NotSupported, message)
        .with_help("select the distinct pairs in a subquery, and compute it of those");
    ControlFlow::Break(error)
}

/// COUNT takes one argument; several have no documented meaning.
fn count_of_one(function: &sql::Function) -> ControlFlow<Error> {
    let sql::FunctionArguments::List(list) = &function.args else { return ControlFlow::Continue(()) };
    if list.args.len() < 2 {
        return ControlFlow::Continue(());
    }
    let message = format!("COUNT takes one value, not {}", list.args.len());
    let error = Error::new(Code::WrongArguments, message);
    let name = function.name.0.first().and_then(|part| part.as_ident());
    let place = name.and_then(|name| linal_lang::sql::span(name.span));
    ControlFlow::Break(match place {
        Some(place) => error.at(place),
        None => error,
    })
}

//! Rejects queries that DataFusion would misinterpret.

use std::ops::ControlFlow;

use datafusion::sql::planner::ContextProvider;
use linal_dataset::{Error, Result};
use linal_error::Code;
use sqlparser::ast as sql;
use sqlparser::ast::{Visit, Visitor};

use super::desugar::{patterns, row_values};
use crate::planner::context_provider::Provider;

/// Rejects joins without a condition, COUNT of several arguments, and OVER with functions that are not window
/// functions.
pub(crate) fn check(query: &sql::Query, provider: &Provider<'_>) -> Result<()> {
    match query.visit(&mut Refusal { provider }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Refusal<'a, 'b> {
    provider: &'a Provider<'b>,
}

impl Visitor for Refusal<'_, '_> {
    type Break = Error;

    fn pre_visit_select(&mut self, select: &sql::Select) -> ControlFlow<Error> {
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
        if let Err(error) = patterns::check_escape(expr).and_then(|()| row_values::check_lengths(expr)) {
            return ControlFlow::Break(error);
        }
        let sql::Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        let name = function.name.to_string().to_lowercase();
        if name == "count" {
            count_of_one(function)?;
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

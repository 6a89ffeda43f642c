//! List literals whose elements have names: `[a, b]` in the UNNEST of a FROM or in a subquery may refer to columns of
//! an outer query, and in the body of a lambda to its parameters.
//!
//! DataFusion plans the elements of an array literal without what the expressions around it know, and those of a
//! dictionary with it. So such a literal becomes a dictionary whose keys are all [`ELEMENT`].

use std::ops::ControlFlow;

use linal_lang::sql::{Walk, WalkMut, has_expression};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::ast_builder;

/// The key of each element.
pub(crate) const ELEMENT: &str = "__element";

/// Writes the list literals with names as dictionaries.
pub(crate) fn keep(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut Lists);
}

struct Lists;

impl VisitorMut for Lists {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Array(list) = expr
            && list.elem.iter().any(has_name)
        {
            let element = |value: sql::Expr| sql::DictionaryField {
                key: ast_builder::ident(ELEMENT),
                value: Box::new(value),
            };
            *expr = sql::Expr::Dictionary(list.elem.drain(..).map(element).collect());
        }
        ControlFlow::Continue(())
    }
}

/// Whether an expression, or an argument, refers to a column or a parameter of a lambda.
pub(crate) fn has_name(tree: &impl Walk) -> bool {
    has_expression(tree, |part| matches!(part, sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_)))
}

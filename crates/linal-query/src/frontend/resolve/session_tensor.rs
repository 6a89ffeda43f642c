//! References to tensors of the session: a call without arguments, in a struct literal.
//!
//! DataFusion asks our extension for the value of a struct literal, and so a small tensor is a literal as soon
//! as it is bound: shapes may depend on it.

use std::ops::ControlFlow;

use linal_lang::sql::Walk;
use sqlparser::ast as sql;

use super::call;

/// The prefix of the functions without arguments that represent tensors of the session.
pub(crate) const TENSOR_PREFIX: &str = "__tensor_";

/// The reference to the tensor of a lower-case name.
pub(crate) fn reference(lower: &str) -> sql::Expr {
    let call = call(&format!("{TENSOR_PREFIX}{lower}"), Vec::new());
    sql::Expr::Struct { values: vec![call], fields: Vec::new() }
}

/// The call of a reference; `None` for any other expression.
pub(super) fn call_of(expr: &sql::Expr) -> Option<&sql::Expr> {
    match expr {
        sql::Expr::Struct { values, .. } => values.first().filter(|value| name_of(value).is_some()),
        _ => None,
    }
}

/// The lower-case name of the tensor that a call stands for.
pub(super) fn name_of(expr: &sql::Expr) -> Option<&str> {
    let sql::Expr::Function(function) = expr else { return None };
    let [sql::ObjectNamePart::Identifier(called)] = function.name.0.as_slice() else { return None };
    called.value.strip_prefix(TENSOR_PREFIX)
}

/// The lower-case names of the tensors that a resolved query refers to.
pub(crate) fn used(query: &sql::Query) -> Vec<String> {
    struct Calls(Vec<String>);
    impl sql::Visitor for Calls {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            if let Some(name) = name_of(expr)
                && !self.0.iter().any(|known| known == name)
            {
                self.0.push(name.to_string());
            }
            ControlFlow::Continue(())
        }
    }
    let mut calls = Calls(Vec::new());
    let _ = Walk::walk(query, &mut calls);
    calls.0
}

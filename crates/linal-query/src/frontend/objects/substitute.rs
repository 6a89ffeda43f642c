//! Puts arguments in place of parameters.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::caller_name;

/// Replaces the names of parameters by their arguments, in brackets. A parameter wins over a column of its name; the
/// arguments themselves are not looked into.
pub(super) fn parameters<T: VisitMut>(body: &mut T, values: &[(String, sql::Expr)]) {
    let _ = body.walk_mut(&mut Parameters { values, hidden: Vec::new(), queries: 0 });
}

/// The names of a lambda's parameters.
pub(super) fn lambda_names(lambda: &sql::LambdaFunction) -> Vec<String> {
    let parameters = match &lambda.params {
        sql::OneOrManyWithParens::One(only) => std::slice::from_ref(only),
        sql::OneOrManyWithParens::Many(several) => several.as_slice(),
    };
    parameters.iter().map(|parameter| parameter.name.value.to_lowercase()).collect()
}

struct Parameters<'a> {
    values: &'a [(String, sql::Expr)],
    /// Parameters of the lambdas around, which win over those of the macro.
    hidden: Vec<String>,
    /// The queries of the body around, whose tables do not lend their columns to an argument.
    queries: usize,
}

impl<'a> Parameters<'a> {
    fn value(&self, name: &sql::Ident) -> Option<&'a sql::Expr> {
        let lower = name.value.to_lowercase();
        if self.hidden.contains(&lower) {
            return None;
        }
        self.values.iter().find(|(known, _)| *known == lower).map(|(_, value)| value)
    }
}

impl Parameters<'_> {
    /// The argument that a name or a field of it stands for.
    fn replacement(&self, parts: &[sql::Ident]) -> Option<sql::Expr> {
        let (first, fields) = parts.split_first()?;
        let value = self.value(first)?;
        let value = if fields.is_empty() { value.clone() } else { field_of(value, fields) };
        Some(nested(&caller_name::raised(&value, self.queries)))
    }
}

impl VisitorMut for Parameters<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.hidden.extend(lambda_names(lambda));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    /// After the operands, so that a parameter's name within an argument stays the caller's.
    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.hidden.truncate(self.hidden.len().saturating_sub(lambda_names(lambda).len()));
        }
        let replaced = match &*expr {
            sql::Expr::Identifier(name) => self.replacement(std::slice::from_ref(name)),
            // A field of a parameter: `p.a`.
            sql::Expr::CompoundIdentifier(parts) => self.replacement(parts),
            // A parameter that is the argument of a macro in the body, which puts it into a query.
            other => caller_name::of(other).and_then(|name| self.replacement(&name.parts)),
        };
        if let Some(replaced) = replaced {
            *expr = replaced;
        }
        ControlFlow::Continue(())
    }
}

fn nested(value: &sql::Expr) -> sql::Expr {
    match value {
        sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) | sql::Expr::Value(_) => value.clone(),
        _ => sql::Expr::Nested(Box::new(value.clone())),
    }
}

/// A field of an argument; a qualified column where the argument is a name.
fn field_of(value: &sql::Expr, fields: &[sql::Ident]) -> sql::Expr {
    let mut parts = match value {
        sql::Expr::Identifier(name) => vec![name.clone()],
        sql::Expr::CompoundIdentifier(parts) => parts.clone(),
        _ => {
            let chain = fields.iter().map(|field| sql::AccessExpr::Dot(sql::Expr::Identifier(field.clone())));
            return sql::Expr::CompoundFieldAccess {
                root: Box::new(sql::Expr::Nested(Box::new(value.clone()))),
                access_chain: chain.collect(),
            };
        }
    };
    parts.extend_from_slice(fields);
    sql::Expr::CompoundIdentifier(parts)
}

//! Statements whose tensor expressions call macros.

use std::borrow::Cow;

use linal_bind::macros;
use linal_bind::macros::MacroCall;
use linal_dataset::Result;
use linal_lang::ast::relational::Relational;
use linal_lang::ast::{Expr, Let, Show, Statement};
use linal_query::tensor_subquery;

use crate::session::Session;

/// The statement with the macros of its expression written out, and their calls.
///
/// # Errors
/// Those of the calls.
pub(super) fn expanded<'s>(
    session: &Session,
    statement: &'s Statement,
    text: &str,
) -> Result<(Cow<'s, Statement>, Vec<MacroCall>)> {
    if let Statement::Explain { analyze, verbose, statement: inner } = statement {
        let (inner, calls) = expanded(session, inner, text)?;
        return Ok(match inner {
            Cow::Borrowed(_) => (Cow::Borrowed(statement), calls),
            Cow::Owned(inner) => {
                let statement = Box::new(inner);
                (Cow::Owned(Statement::Explain { analyze: *analyze, verbose: *verbose, statement }), calls)
            }
        });
    }
    let Some(expr) = tensor_subquery::expression(statement) else {
        return Ok((Cow::Borrowed(statement), Vec::new()));
    };
    match macros::expanded(expr, &session.catalog_view(), text.len())? {
        Some((expr, calls)) => Ok((Cow::Owned(with_expression(statement, expr)), calls)),
        None => Ok((Cow::Borrowed(statement), Vec::new())),
    }
}

/// The statement with another expression.
fn with_expression(statement: &Statement, expr: Expr) -> Statement {
    match statement {
        Statement::Let(let_) => Statement::Let(Let { name: let_.name.clone(), lazy: let_.lazy, value: expr }),
        Statement::Derive { name, .. } => Statement::Derive { name: name.clone(), value: expr },
        Statement::Show(Show::Value(_)) => Statement::Show(Show::Value(expr)),
        Statement::Show(Show::Shape(_)) => Statement::Show(Show::Shape(expr)),
        Statement::Relational(relational) => match &**relational {
            Relational::Attach { table, column, .. } => Statement::Relational(Box::new(Relational::Attach {
                table: table.clone(),
                column: column.clone(),
                value: expr,
            })),
            _ => statement.clone(),
        },
        _ => statement.clone(),
    }
}

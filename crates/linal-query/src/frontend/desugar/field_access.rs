//! `st['x']`: a string index is the name of a field.

use linal_lang::sql::INDEX;
use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::udf::FIELD;

/// Whether a call is an index by a single string.
pub(crate) fn is_named(function: &sql::Function) -> bool {
    let sql::FunctionArguments::List(list) = &function.args else { return false };
    function.name.to_string().trim_matches('`') == INDEX
        && matches!(
            list.args.as_slice(),
            [
                _,
                sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::Value(sql::ValueWithSpan {
                    value: sql::Value::SingleQuotedString(_),
                    ..
                })))
            ]
        )
}

/// Rewrites the call to the function that returns a field.
pub(crate) fn by_name(function: &mut sql::Function) {
    function.name = sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ast_builder::ident(FIELD))]);
}

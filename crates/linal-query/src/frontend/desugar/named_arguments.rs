//! Named arguments of our functions, `CONCAT(a, b, axis => 1)`, as pairs of a mark and a value.

use linal_bind::functions::{Columns, Registry};
use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::ARGUMENT;

/// Inserts a mark before each named argument of a registry function; DataFusion's functions keep theirs.
pub(crate) fn mark(function: &mut sql::Function) {
    let is_named = |arg: &sql::FunctionArg| {
        matches!(arg, sql::FunctionArg::Named { .. } | sql::FunctionArg::ExprNamed { .. })
    };
    let name = function.name.to_string();
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    if !list.args.iter().any(is_named) || !is_called(&name) {
        return;
    }
    list.args = std::mem::take(&mut list.args).into_iter().flat_map(marked).collect();
}

/// Whether a registry function can be called by this name in queries.
fn is_called(name: &str) -> bool {
    Registry::global().find(name).is_some_and(|definition| match definition.columns {
        Columns::AllNames | Columns::Lists => true,
        Columns::Names(names) => names.iter().any(|known| known.eq_ignore_ascii_case(name)),
        Columns::Never => false,
    })
}

fn marked(arg: sql::FunctionArg) -> Vec<sql::FunctionArg> {
    let (name, value) = match arg {
        sql::FunctionArg::Named { name, arg, .. } => (name.value, arg),
        sql::FunctionArg::ExprNamed { name: sql::Expr::Identifier(name), arg, .. } => (name.value, arg),
        other => return vec![other],
    };
    let mark = call(ARGUMENT, vec![ast_builder::text(&name)]);
    let mark = sql::FunctionArgExpr::Expr(mark);
    vec![sql::FunctionArg::Unnamed(mark), sql::FunctionArg::Unnamed(value)]
}

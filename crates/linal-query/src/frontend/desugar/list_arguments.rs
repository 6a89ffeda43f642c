//! Arguments of list functions: a vector is a list, and a matrix a list of lists.
//!
//! DataFusion sees a matrix as one list of all its elements.

use linal_lang::sql::{LAMBDA_FUNCTIONS, MAP, STRUCT};
use sqlparser::ast as sql;

use super::casts;
use crate::frontend::resolve::call;
use crate::udf::AS_LIST;

/// Names of list functions without the prefix `array_` or `list_`.
const OTHERS: [&str; 8] =
    ["make_array", "make_list", "cardinality", "empty", "length", "len", "arrays_zip", "aggregate"];

/// Functions whose result shows whether a number is an integer.
const SHOW_INTEGERS: [&str; 7] =
    ["to_json", "json_array", "json_object", "json_quote", "array_to_json", "row_to_json", "map"];

/// Keeps the integers of lists in a value, and in the structs and maps that it is made of.
fn keep_integers(value: &mut sql::Expr) {
    casts::whole_numbers(value);
    if let sql::Expr::Function(function) = value
        && [STRUCT, MAP].contains(&function.name.to_string().trim_matches('`'))
    {
        each_argument(function, keep_integers);
    }
}

fn each_argument(function: &mut sql::Function, change: impl Fn(&mut sql::Expr)) {
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    for arg in &mut list.args {
        if let sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) = arg {
            change(value);
        }
    }
}

/// Marks the arguments of a list function.
pub(crate) fn as_lists(function: &mut sql::Function) {
    let name = function.name.to_string().to_lowercase();
    let takes_lists =
        name.starts_with("array_") || name.starts_with("list_") || OTHERS.contains(&name.as_str());
    if SHOW_INTEGERS.contains(&name.as_str()) {
        return each_argument(function, keep_integers);
    }
    let is_aggregate = matches!(name.as_str(), "array_agg" | "list_agg");
    let takes_lambda = LAMBDA_FUNCTIONS.contains(&name.as_str());
    if !(takes_lists || takes_lambda) || is_aggregate || function.over.is_some() {
        return;
    }
    each_argument(function, casts::whole_numbers);
    let sql::FunctionArguments::List(list) = &mut function.args else { return };
    if takes_lambda {
        return;
    }
    if matches!(name.as_str(), "array_sort" | "list_sort") && list.args.len() == 1 {
        nulls_last(&mut list.args);
    }
    for arg in &mut list.args {
        if let sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) = arg
            && may_be_list(value)
        {
            let own = std::mem::replace(value, sql::Expr::value(sql::Value::Null));
            *value = call(AS_LIST, vec![own]);
        }
    }
}

/// Sorts NULLs last, as ORDER BY does; DataFusion sorts them first.
fn nulls_last(args: &mut Vec<sql::FunctionArg>) {
    let text = |text: &str| sql::Expr::value(sql::Value::SingleQuotedString(text.to_string()));
    let options = ["ASC", "NULLS LAST"].map(text);
    args.extend(options.map(|option| sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(option))));
}

/// Whether a value may be a list; functions inspect number and string literals while they are planned.
fn may_be_list(value: &sql::Expr) -> bool {
    match value {
        sql::Expr::Value(_) | sql::Expr::Lambda(_) => false,
        sql::Expr::UnaryOp { expr, .. } => may_be_list(expr),
        _ => true,
    }
}

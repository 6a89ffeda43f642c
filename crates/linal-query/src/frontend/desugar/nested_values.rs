//! Functions of structs, lists and JSON that are others with other arguments.

use std::ops::ControlFlow;

use linal_lang::sql::WalkMut;
use linal_lang::sql::{INDEX, STRUCT};
use sqlparser::ast as sql;
use sqlparser::ast::VisitorMut;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;

/// Rewrites the calls of a query.
pub(crate) fn write_out(query: &mut sql::Query) {
    let _ = query.walk_mut(&mut NestedValues);
}

struct NestedValues;

impl VisitorMut for NestedValues {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        let other = match expr {
            sql::Expr::CompoundFieldAccess { root, access_chain } => fields(root, access_chain),
            sql::Expr::Function(function) if function.over.is_none() => of_call(function),
            _ => None,
        };
        if let Some(other) = other {
            *expr = other;
        }
        ControlFlow::Continue(())
    }
}

/// `(e).a.b` as an index of an index.
fn fields(root: &sql::Expr, chain: &[sql::AccessExpr]) -> Option<sql::Expr> {
    chain.iter().try_fold(root.clone(), |base, access| match access {
        sql::AccessExpr::Dot(sql::Expr::Identifier(name)) => {
            Some(call(INDEX, vec![base, ast_builder::text(&name.value)]))
        }
        _ => None,
    })
}

fn of_call(function: &mut sql::Function) -> Option<sql::Expr> {
    let name = function.name.to_string().to_lowercase();
    match name.as_str() {
        "struct_pack" => {
            let args = pairs(function, 0)?;
            Some(call(STRUCT, args))
        }
        "struct_insert" | "struct_update" => {
            let args = pairs(function, 1)?;
            Some(call(&name, args))
        }
        "struct_extract" => match plain(function)?.as_slice() {
            [base, key] if is_text(key) => Some(call(INDEX, vec![base.clone(), key.clone()])),
            [base, key] => Some(call("struct_extract_at", vec![base.clone(), key.clone()])),
            _ => None,
        },
        "list_value" | "list_pack" | "array_value" => {
            let elem = plain(function)?;
            Some(sql::Expr::Array(sql::Array { elem, named: false }))
        }
        "json_group_array" => {
            rename(function, "array_agg");
            Some(call("to_json", vec![sql::Expr::Function(function.clone())]))
        }
        "json_group_object" => {
            let [key, value]: [sql::Expr; 2] = plain(function)?.try_into().ok()?;
            let of = |value: sql::Expr| {
                let mut other = function.clone();
                rename(&mut other, "array_agg");
                if let sql::FunctionArguments::List(list) = &mut other.args {
                    list.args = vec![sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value))];
                }
                sql::Expr::Function(other)
            };
            Some(call("__json_entries", vec![of(key), of(value)]))
        }
        "gen_random_uuid" | "uuid" | "uuidv4" => plain(function)?.is_empty().then(|| sql::Expr::Cast {
            kind: sql::CastKind::Cast,
            expr: Box::new(call("uuid", Vec::new())),
            data_type: sql::DataType::Uuid,
            array: false,
            format: None,
        }),
        _ => distance(&name, plain(function)?),
    }
}

/// Distances of lists are those of vectors.
fn distance(name: &str, args: Vec<sql::Expr>) -> Option<sql::Expr> {
    let measure = name.strip_prefix("list_").or_else(|| name.strip_prefix("array_"))?;
    let minus = |left: i64, right: sql::Expr| {
        let difference = ast_builder::binary(ast_builder::integer(left), sql::BinaryOperator::Minus, right);
        sql::Expr::Nested(Box::new(difference))
    };
    Some(match measure {
        "cosine_similarity" => call("cosine_sim", args),
        "cosine_distance" => minus(1, call("cosine_sim", args)),
        "distance" if name.starts_with("list_") => call("distance", args),
        "inner_product" | "dot_product" => call("dot", args),
        "negative_inner_product" | "negative_dot_product" => minus(0, call("dot", args)),
        _ => return None,
    })
}

fn rename(function: &mut sql::Function, name: &str) {
    function.name = sql::ObjectName(vec![sql::ObjectNamePart::Identifier(ast_builder::ident(name))]);
}

fn is_text(expr: &sql::Expr) -> bool {
    matches!(expr, sql::Expr::Value(value) if matches!(value.value, sql::Value::SingleQuotedString(_)))
}

/// The arguments of a call without named ones.
fn plain(function: &sql::Function) -> Option<Vec<sql::Expr>> {
    let list = match &function.args {
        sql::FunctionArguments::List(list) => list,
        _ => return None,
    };
    list.args
        .iter()
        .map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) => Some(value.clone()),
            _ => None,
        })
        .collect()
}

/// The first arguments, and the names and values of the others in turn.
fn pairs(function: &sql::Function, first: usize) -> Option<Vec<sql::Expr>> {
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    let mut args = Vec::new();
    for (at, arg) in list.args.iter().enumerate() {
        match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) if at < first => {
                args.push(value.clone())
            }
            sql::FunctionArg::Named { name, arg: sql::FunctionArgExpr::Expr(value), .. }
            | sql::FunctionArg::ExprNamed {
                name: sql::Expr::Identifier(name),
                arg: sql::FunctionArgExpr::Expr(value),
                ..
            } => args.extend([ast_builder::text(&name.value), value.clone()]),
            // An argument without a name is named by its column.
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(value)) => {
                let name = match value {
                    sql::Expr::Identifier(name) => name.value.clone(),
                    sql::Expr::CompoundIdentifier(parts) => parts.last()?.value.clone(),
                    _ => return None,
                };
                args.extend([ast_builder::text(&name), value.clone()]);
            }
            _ => return None,
        }
    }
    Some(args)
}

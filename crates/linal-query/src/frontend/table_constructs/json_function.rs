//! `json_each(j)` and `json_tree(j)`: a row for each part of JSON, also of the rows before them.

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::INDEX;
use sqlparser::ast as sql;

use crate::frontend::ast_builder;
use crate::frontend::resolve::call;
use crate::udf::{JSON_EACH, JSON_PARTS, JSON_TREE};

/// The functions, each with the one that makes the list of its rows.
const FUNCTIONS: [(&str, &str); 2] = [("json_each", JSON_EACH), ("json_tree", JSON_TREE)];

/// The alias of the list and of its column.
const PART: &str = "__part";

/// The names of the functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _)| *name)
}

/// Whether a lower-case name is one of the functions.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// Replaces a call by `LATERAL (SELECT part['key'] AS key, .. FROM UNNEST(list) AS u(part))`.
///
/// # Errors
/// `E0310` for another number of arguments.
pub(super) fn write_out(factor: &mut sql::TableFactor, name: &str) -> Result<()> {
    let sql::TableFactor::Table { alias, args: Some(args), .. } = factor else { return Ok(()) };
    let alias = alias.take().unwrap_or_else(|| ast_builder::table_alias(name));
    let exprs: Option<Vec<sql::Expr>> = args
        .args
        .iter()
        .map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            _ => None,
        })
        .collect();
    let Some(exprs) = exprs.filter(|exprs| (1..=2).contains(&exprs.len())) else {
        let message = format!("{name} takes JSON, and perhaps a path in it");
        return Err(Error::new(Code::WrongArguments, message)
            .with_help(format!("as in {name}(j) or {name}(j, '$.items')")));
    };
    let list = FUNCTIONS.iter().find(|(known, _)| *known == name).map_or(JSON_EACH, |(_, list)| list);
    let column = sql::TableAliasColumnDef { name: ast_builder::ident(PART), data_type: None };
    let rows = sql::TableFactor::UNNEST {
        alias: Some(sql::TableAlias { columns: vec![column], ..ast_builder::table_alias(PART) }),
        array_exprs: vec![call(list, exprs)],
        with_offset: false,
        with_offset_alias: None,
        with_ordinality: false,
    };
    let item = |part: &&str| {
        let part_of_row = call(INDEX, vec![ast_builder::column(PART), ast_builder::text(part)]);
        ast_builder::named(part_of_row, part)
    };
    let select = ast_builder::select(JSON_PARTS.iter().map(item).collect(), rows);
    *factor = sql::TableFactor::Derived {
        lateral: true,
        subquery: Box::new(ast_builder::query(select)),
        alias: Some(alias),
        sample: None,
    };
    Ok(())
}

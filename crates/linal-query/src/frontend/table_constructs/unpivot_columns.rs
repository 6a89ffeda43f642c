//! The columns that an UNPIVOT makes rows of.

use linal_dataset::{Error, Result};
use linal_error::Code;
use regex::Regex;
use sqlparser::ast as sql;

use super::pivot::columns_in;
use super::pivot_values::named;
use super::{literal, text_query};
use crate::frontend::ast_builder;

/// The columns of one row.
pub(super) struct Group {
    /// The value of the name column.
    pub name: String,
    pub values: Vec<sql::Expr>,
    /// The lower-case names of the columns of the source in them.
    pub used: Vec<String>,
}

/// The groups of the items of an ON or IN, of so many values each.
///
/// # Errors
/// An unknown column, or a group of another number of values.
pub(super) fn groups(items: &[sql::Expr], columns: &[String], width: usize) -> Result<Vec<Group>> {
    let mut groups = Vec::new();
    for item in items {
        let (expr, alias) = named(item.clone());
        match matching(&expr, columns)? {
            Some(names) => {
                let each = names.iter().map(|name| Group {
                    name: name.clone(),
                    values: vec![ast_builder::column(name)],
                    used: vec![name.to_lowercase()],
                });
                groups.extend(each);
            }
            None => groups.push(group(expr, alias, columns)?),
        }
    }
    if groups.is_empty() {
        return Err(Error::new(Code::BadQuery, "the UNPIVOT has no columns"));
    }
    match groups.iter().find(|group| group.values.len() != width) {
        Some(group) => {
            let message = format!(
                "the UNPIVOT has {width} value columns, and `{}` has {} values",
                group.name,
                group.values.len()
            );
            Err(Error::new(Code::BadQuery, message))
        }
        None => Ok(groups),
    }
}

fn group(expr: sql::Expr, alias: Option<String>, columns: &[String]) -> Result<Group> {
    let values = match expr {
        sql::Expr::Tuple(values) => values,
        sql::Expr::Nested(inner) => vec![*inner],
        other => vec![other],
    };
    let mut used = Vec::new();
    let mut spelled = Vec::new();
    for value in &values {
        let names: Vec<String> = columns_in(value).into_iter().collect();
        let is_column = |name: &String| columns.iter().any(|column| column.to_lowercase() == *name);
        let own: Vec<String> = names.iter().filter(|name| is_column(name)).cloned().collect();
        if own.is_empty() {
            return Err(unknown(value, columns));
        }
        let first = columns.iter().find(|column| own.contains(&column.to_lowercase()));
        spelled.push(first.map_or_else(|| value.to_string(), String::clone));
        used.extend(own);
    }
    Ok(Group { name: alias.unwrap_or_else(|| spelled.join("_")), values, used })
}

fn unknown(value: &sql::Expr, columns: &[String]) -> Error {
    let known = columns.iter().map(String::as_str);
    match value {
        sql::Expr::Identifier(name) => {
            let error = Error::unknown(Code::UnknownName, "column", &name.value, known);
            match linal_lang::sql::span(name.span) {
                Some(place) => error.at(place),
                None => error,
            }
        }
        other => Error::new(Code::BadQuery, format!("`{other}` in an UNPIVOT has no column of its source")),
    }
}

/// The columns of `COLUMNS('pattern')` and of `*` with EXCLUDE; `None` for another item.
fn matching(item: &sql::Expr, columns: &[String]) -> Result<Option<Vec<String>>> {
    let sql::Expr::Function(function) = item else { return Ok(None) };
    let sql::FunctionArguments::List(list) = &function.args else { return Ok(None) };
    if !function.name.to_string().eq_ignore_ascii_case("columns") {
        return Ok(None);
    }
    let args: Vec<Option<String>> = list
        .args
        .iter()
        .map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => literal::string(expr),
            _ => None,
        })
        .collect();
    match args.as_slice() {
        [Some(pattern)] => {
            let regex = Regex::new(pattern).map_err(|error| {
                Error::new(
                    Code::WrongArguments,
                    format!("{} is no pattern: {error}", text_query::text(pattern)),
                )
            })?;
            Ok(Some(columns.iter().filter(|column| regex.is_match(column)).cloned().collect()))
        }
        [None, excluded @ ..] => {
            let excluded: Vec<&String> = excluded.iter().flatten().collect();
            for name in &excluded {
                if !columns.iter().any(|column| column.eq_ignore_ascii_case(name)) {
                    let known = columns.iter().map(String::as_str);
                    return Err(Error::unknown(Code::UnknownName, "column", name, known));
                }
            }
            let is_kept = |column: &&String| !excluded.iter().any(|name| name.eq_ignore_ascii_case(column));
            Ok(Some(columns.iter().filter(is_kept).cloned().collect()))
        }
        _ => Ok(None),
    }
}

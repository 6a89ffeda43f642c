//! UNPIVOT: a row for each of some columns, with the name of the column and its value.
//!
//! `UNPIVOT t ON a, b INTO NAME n VALUE v` numbers the columns of each row by UNNEST, and chooses by the number.

use arrow::datatypes::Fields;
use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_store::ColumnType;
use sqlparser::ast as sql;

use super::unpivot_columns::{Group, groups};
use super::{Expansion, text_query};
use crate::frontend::ast_builder;

/// What the call of an UNPIVOT says.
pub(super) struct Names {
    pub name: String,
    pub keeps_nulls: bool,
    pub values: Vec<String>,
}

/// Writes the UNPIVOT of a SELECT out.
pub(super) fn write_out(expansion: &mut Expansion<'_, '_>, select: &mut sql::Select) -> Result<()> {
    let clause = std::mem::take(&mut select.distribute_by);
    let Some((call, items)) = clause.split_first() else { return Ok(()) };
    let Some(names) = Names::of(call) else {
        return Err(Error::new(Code::BadQuery, "DISTRIBUTE BY is no clause of the language"));
    };
    let columns = expansion.columns(&select.from)?;
    let all: Vec<String> = columns.fields().iter().map(|field| field.name().clone()).collect();
    let groups = groups(items, &all, names.values.len())?;
    check_types(&groups, columns.fields())?;
    let used: Vec<String> = groups.iter().flat_map(|group| group.used.iter().cloned()).collect();
    let rest: Vec<&String> = all.iter().filter(|name| !used.contains(&name.to_lowercase())).collect();
    let source = source(select, &rest, &groups);
    let text = query_text(&rest, &groups, &names);
    let query = text_query::parse(&text, source)?;
    *select = match *query.body {
        sql::SetExpr::Select(select) => *select,
        _ => return Err(Error::new(Code::InternalError, "a bug in linal: an UNPIVOT that is no SELECT")),
    };
    Ok(())
}

/// The values of a column of the result are of one type.
///
/// # Errors
/// `E0705` for texts beside numbers.
fn check_types(groups: &[Group], columns: &Fields) -> Result<()> {
    let field_of = |value: &sql::Expr| match value {
        sql::Expr::Identifier(name) => {
            columns.iter().find(|field| field.name().eq_ignore_ascii_case(&name.value))
        }
        _ => None,
    };
    let width = groups.iter().map(|group| group.values.len()).max().unwrap_or_default();
    for at in 0..width {
        let fields: Vec<_> = groups.iter().filter_map(|group| field_of(group.values.get(at)?)).collect();
        let text = fields.iter().find(|field| field.data_type().is_string());
        let number = fields.iter().find(|field| field.data_type().is_numeric());
        if let (Some(text), Some(number)) = (text, number) {
            let message = format!(
                "the UNPIVOT puts `{}`, a {}, and `{}`, a {}, into one column",
                number.name(),
                ColumnType::of(number),
                text.name(),
                ColumnType::of(text)
            );
            let error = Error::new(Code::BadCast, message);
            return Err(error.with_help("CAST one of them to the other's type in a subquery"));
        }
    }
    Ok(())
}

impl Names {
    fn of(call: &sql::Expr) -> Option<Names> {
        let sql::Expr::Function(function) = call else { return None };
        let sql::FunctionArguments::List(list) = &function.args else { return None };
        if function.name.to_string() != linal_lang::sql::UNPIVOT {
            return None;
        }
        let mut texts = list.args.iter().map(|arg| match arg {
            sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(expr)) => super::literal::plain_text(expr),
            _ => None,
        });
        let name = texts.next()??;
        let keeps_nulls = texts.next()?? == "true";
        let values = texts.collect::<Option<Vec<_>>>()?;
        Some(Names { name, keeps_nulls, values })
    }
}

/// The source with the values of all groups and the number of each.
fn source(select: &sql::Select, rest: &[&String], groups: &[Group]) -> sql::Query {
    let mut items: Vec<sql::SelectItem> =
        rest.iter().map(|name| sql::SelectItem::UnnamedExpr(ast_builder::column(name))).collect();
    for (number, group) in groups.iter().enumerate() {
        for (at, value) in group.values.iter().enumerate() {
            items.push(ast_builder::named(value.clone(), &value_name(number, at)));
        }
    }
    let mut source = ast_builder::select(items, ast_builder::table_named(""));
    source.from.clone_from(&select.from);
    ast_builder::query(source)
}

fn value_name(group: usize, at: usize) -> String {
    format!("__value_{group}_{at}")
}

fn query_text(rest: &[&String], groups: &[Group], names: &Names) -> String {
    let rest: Vec<String> = rest.iter().map(|name| text_query::name(name)).collect();
    let source = text_query::SOURCE;
    let values: Vec<String> = names.values.iter().map(|name| text_query::name(name)).collect();
    let numbers: Vec<String> = (0..groups.len()).map(|number| number.to_string()).collect();
    let choice = |value: &dyn Fn(usize) -> String| {
        let whens: Vec<String> =
            (0..groups.len()).map(|number| format!("WHEN {number} THEN {}", value(number))).collect();
        format!("CASE __column {} END", whens.join(" "))
    };
    let mut items = rest.clone();
    let name = choice(&|number| text_query::text(&groups[number].name));
    items.push(format!("{name} AS {}", text_query::name(&names.name)));
    for (at, value) in values.iter().enumerate() {
        items.push(format!("{} AS {value}", choice(&|number| value_name(number, at))));
    }
    let numbered =
        format!("SELECT *, CAST(unnest([{}]) AS Int) AS __column FROM {source} AS s", numbers.join(", "));
    let chosen = format!("SELECT {} FROM ({numbered}) AS u", items.join(", "));
    let columns: Vec<String> =
        rest.iter().cloned().chain([text_query::name(&names.name)]).chain(values.iter().cloned()).collect();
    let condition: Vec<String> = values.iter().map(|value| format!("{value} IS NOT NULL")).collect();
    let filter =
        if names.keeps_nulls { String::new() } else { format!(" WHERE {}", condition.join(" AND ")) };
    format!("SELECT {} FROM ({chosen}) AS w{filter}", columns.join(", "))
}

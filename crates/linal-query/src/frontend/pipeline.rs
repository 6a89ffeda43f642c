//! The steps of a pipeline as one query, each over the previous one.

use linal_lang::ast::ObjectName;
use linal_lang::ast::relational::{PipelineStep, Query};
use sqlparser::ast as sql;

use super::ast_builder;
use super::resolve::call;

/// The query of a pipeline's steps over a dataset with these columns.
///
/// Each step becomes a query, even where one query could hold several steps (a filter, then an order, then a
/// limit): the optimizer removes the layers, and no step affects the meaning of another.
pub fn query_of(table: &ObjectName, columns: Vec<String>, steps: &[PipelineStep]) -> Query {
    let name = table.parts.last().map_or("", |part| &*part.name);
    let mut query =
        ast_builder::query(ast_builder::select(vec![ast_builder::everything()], ast_builder::table(table)));
    let mut columns: Vec<String> = columns.iter().map(|column| column.to_lowercase()).collect();
    for step in steps {
        query = apply(step, query, name, &mut columns);
    }
    ast_builder::spanned(query, table.span, Vec::new())
}

fn apply(step: &PipelineStep, before: sql::Query, name: &str, columns: &mut Vec<String>) -> sql::Query {
    let source = ast_builder::derived(before, name);
    let mut all = ast_builder::select(vec![ast_builder::everything()], source.clone());
    match step {
        PipelineStep::Select { select, items } => {
            let mut select = select.as_ref().clone();
            *columns = names_of(&select, items, columns);
            select.from = vec![sql::TableWithJoins { relation: source, joins: Vec::new() }];
            ast_builder::query(select)
        }
        PipelineStep::Where(condition) => {
            all.selection = Some(condition.sql.as_ref().clone());
            ast_builder::query(all)
        }
        PipelineStep::OrderBy(keys) => {
            let mut query = ast_builder::query(all);
            query.order_by = Some(ast_builder::order_by(keys.clone()));
            query
        }
        PipelineStep::Limit(count) => {
            let mut query = ast_builder::query(all);
            query.limit_clause = Some(ast_builder::limit(Some(count.sql.as_ref().clone()), None));
            query
        }
        PipelineStep::Offset(count) => {
            let mut query = ast_builder::query(all);
            query.limit_clause = Some(ast_builder::limit(None, Some(count.sql.as_ref().clone())));
            query
        }
        PipelineStep::Distinct => {
            all.distinct = Some(sql::Distinct::Distinct);
            ast_builder::query(all)
        }
        PipelineStep::Normalize(column) => {
            let value = call("normalize", vec![ast_builder::column(&column.name)]);
            replace(&mut all, &column.name, value);
            ast_builder::query(all)
        }
        PipelineStep::Compute { column, value } => {
            compute(&mut all, &column.name, value.sql.as_ref().clone(), columns);
            ast_builder::query(all)
        }
    }
}

/// `SELECT * REPLACE (value AS column)`: the column keeps its position.
fn replace(select: &mut sql::Select, column: &str, value: sql::Expr) {
    let element = sql::ReplaceSelectElement {
        expr: value,
        column_name: ast_builder::ident(&column.to_lowercase()),
        as_keyword: true,
    };
    select.projection = vec![sql::SelectItem::Wildcard(sql::WildcardAdditionalOptions {
        opt_replace: Some(sql::ReplaceSelectItem { items: vec![Box::new(element)] }),
        ..Default::default()
    })];
}

/// Sets a column: in its position if it exists, else after the others.
fn compute(select: &mut sql::Select, column: &str, value: sql::Expr, columns: &mut Vec<String>) {
    let lower = column.to_lowercase();
    if columns.contains(&lower) {
        replace(select, column, value);
    } else {
        select.projection.push(ast_builder::named(value, column));
        columns.push(lower);
    }
}

/// The lower-case names of a SELECT's output columns.
fn names_of(select: &sql::Select, texts: &[Box<str>], before: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for (at, item) in select.projection.iter().enumerate() {
        match item {
            sql::SelectItem::ExprWithAlias { alias, .. } => names.push(alias.value.to_lowercase()),
            sql::SelectItem::UnnamedExpr(sql::Expr::Identifier(name)) => {
                names.push(name.value.to_lowercase())
            }
            sql::SelectItem::UnnamedExpr(_) => {
                names.push(texts.get(at).map_or_else(String::new, |text| text.to_lowercase()));
            }
            _ => names.extend_from_slice(before),
        }
    }
    names
}

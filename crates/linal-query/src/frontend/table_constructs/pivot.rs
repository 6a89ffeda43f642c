//! PIVOT: a column for each value, computed by an aggregate over the rows that have it.
//!
//! `PIVOT t ON y IN (1, 2) USING SUM(x) GROUP BY k` is `SELECT k, SUM(x) FILTER (WHERE y = 1) AS "1", SUM(x) FILTER (WHERE
//! y = 2) AS "2" FROM t GROUP BY k`.

use std::collections::HashSet;
use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_error::Code;
use linal_lang::sql::{Walk, WalkMut};
use sqlparser::ast as sql;
use sqlparser::ast::{Visitor, VisitorMut};

use super::Expansion;
use super::pivot_values::Value;
use crate::frontend::ast_builder;

/// Most columns of a PIVOT; each is an aggregate of its own.
const MAX_COLUMNS: usize = 10_000;

/// Writes the PIVOT of a SELECT out.
pub(super) fn write_out(expansion: &mut Expansion<'_, '_>, select: &mut sql::Select) -> Result<()> {
    let on = std::mem::take(&mut select.cluster_by);
    let mut lists = Vec::new();
    let mut sources = Vec::new();
    for condition in on {
        let (source, values) = expansion.values(&select.from, condition)?;
        lists.push(values);
        sources.push(source);
    }
    let using = std::mem::take(&mut select.projection);
    let count = lists.iter().map(Vec::len).product::<usize>().saturating_mul(using.len());
    if count > MAX_COLUMNS {
        let message = format!("the PIVOT has {count} columns, and at most {MAX_COLUMNS} are possible");
        return Err(Error::new(Code::NotSupported, message).with_help("name the values with IN"));
    }
    let aggregates =
        using.into_iter().map(|item| Aggregate::of(expansion, item)).collect::<Result<Vec<_>>>()?;
    let is_implied = matches!(&select.group_by, sql::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    if is_implied {
        let keys = implied_keys(expansion, select, &sources, &aggregates)?;
        select.group_by = sql::GroupByExpr::Expressions(keys, Vec::new());
    }
    let mut items = Vec::new();
    if let sql::GroupByExpr::Expressions(keys, _) = &select.group_by {
        items.extend(keys.iter().map(key_item));
    }
    let is_named = aggregates.len() > 1 || aggregates.iter().any(|aggregate| aggregate.alias.is_some());
    for combination in combinations(&lists) {
        let names: Vec<&str> = combination.iter().map(|value| value.name.as_str()).collect();
        let condition = combination
            .iter()
            .map(|value| value.condition.clone())
            .reduce(|one, other| ast_builder::binary(one, sql::BinaryOperator::And, other));
        for aggregate in &aggregates {
            let mut parts = names.clone();
            if is_named {
                parts.push(aggregate.alias.as_deref().unwrap_or(&aggregate.text));
            }
            items.push(ast_builder::named(aggregate.over(condition.as_ref()), &parts.join("_")));
        }
    }
    if items.is_empty() {
        return Err(Error::new(
            Code::BadQuery,
            "the PIVOT has no columns: there are no rows and no GROUP BY",
        ));
    }
    select.projection = items;
    Ok(())
}

/// A key of the groups as an item; one that is no column has the name of its text.
fn key_item(key: &sql::Expr) -> sql::SelectItem {
    match key {
        sql::Expr::Identifier(_) | sql::Expr::CompoundIdentifier(_) => {
            sql::SelectItem::UnnamedExpr(key.clone())
        }
        other => ast_builder::named(other.clone(), &other.to_string()),
    }
}

/// An item of USING.
struct Aggregate {
    expr: sql::Expr,
    alias: Option<String>,
    text: String,
    /// The lower-case names of its aggregates.
    functions: HashSet<String>,
}

impl Aggregate {
    fn of(expansion: &mut Expansion<'_, '_>, item: sql::SelectItem) -> Result<Aggregate> {
        let (expr, alias) = match item {
            sql::SelectItem::UnnamedExpr(expr) => (expr, None),
            sql::SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value)),
            other => {
                let message = format!("`{other}` in the USING of a PIVOT is no aggregate");
                return Err(Error::new(Code::BadQuery, message));
            }
        };
        let text = expr.to_string();
        let mut calls = Calls(HashSet::new());
        let _ = Walk::walk(&expr, &mut calls);
        let known = &expansion.context.planner_state()?.small;
        let is_aggregate = |name: &String| {
            known.aggregate_functions().contains_key(name) || matches!(name.as_str(), "first" | "last")
        };
        let functions: HashSet<String> = calls.0.into_iter().filter(is_aggregate).collect();
        if functions.is_empty() {
            let message = format!("`{text}` in the USING of a PIVOT is no aggregate");
            return Err(Error::new(Code::BadQuery, message).with_help("write `SUM(x)` or another aggregate"));
        }
        Ok(Aggregate { expr, alias, text, functions })
    }

    /// The aggregate over the rows for which a condition holds.
    fn over(&self, condition: Option<&sql::Expr>) -> sql::Expr {
        let mut expr = self.expr.clone();
        if let Some(condition) = condition {
            let _ = WalkMut::walk_mut(&mut expr, &mut Filtered { condition, functions: &self.functions });
        }
        expr
    }
}

/// The lower-case names of functions without OVER.
struct Calls(HashSet<String>);

impl Visitor for Calls {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Function(function) = expr
            && function.over.is_none()
        {
            self.0.insert(function.name.to_string().to_lowercase());
        }
        ControlFlow::Continue(())
    }
}

/// Adds a FILTER to aggregates.
struct Filtered<'a> {
    condition: &'a sql::Expr,
    functions: &'a HashSet<String>,
}

impl VisitorMut for Filtered<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Function(function) = expr
            && function.over.is_none()
            && self.functions.contains(&function.name.to_string().to_lowercase())
        {
            let filter = match function.filter.take() {
                Some(own) => ast_builder::binary(*own, sql::BinaryOperator::And, self.condition.clone()),
                None => self.condition.clone(),
            };
            function.filter = Some(Box::new(filter));
        }
        ControlFlow::Continue(())
    }
}

/// Every choice of one value of each list; the last list varies fastest.
fn combinations(lists: &[Vec<Value>]) -> Vec<Vec<&Value>> {
    let mut all = vec![Vec::new()];
    for list in lists {
        let extended = all.iter().flat_map(|start: &Vec<_>| {
            list.iter().map(move |value| start.iter().copied().chain([value]).collect())
        });
        all = extended.collect();
    }
    all
}

/// The columns of the source that neither ON nor USING refers to.
fn implied_keys(
    expansion: &mut Expansion<'_, '_>,
    select: &sql::Select,
    sources: &[sql::Expr],
    aggregates: &[Aggregate],
) -> Result<Vec<sql::Expr>> {
    let columns = expansion.columns(&select.from)?;
    let mut used = HashSet::new();
    for expr in sources.iter().chain(aggregates.iter().map(|aggregate| &aggregate.expr)) {
        used.extend(columns_in(expr));
    }
    let rest = columns.fields().iter().filter(|field| !used.contains(&field.name().to_lowercase()));
    Ok(rest.map(|field| ast_builder::column(field.name())).collect())
}

/// The lower-case names of the columns in an expression.
pub(super) fn columns_in(expr: &sql::Expr) -> HashSet<String> {
    struct Columns(HashSet<String>);
    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &sql::Expr) -> ControlFlow<()> {
            match expr {
                sql::Expr::Identifier(name) => {
                    self.0.insert(name.value.to_lowercase());
                }
                // A name behind the first one may be a field of a struct.
                sql::Expr::CompoundIdentifier(parts) => {
                    self.0.extend(parts.iter().map(|part| part.value.to_lowercase()));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut columns = Columns(HashSet::new());
    let _ = Walk::walk(expr, &mut columns);
    columns.0
}

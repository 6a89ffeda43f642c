//! The column of `RIGHT JOIN ... USING (k)` and `FULL JOIN ... USING (k)`: the value of the side that has a row.
//! DataFusion takes the left side's, which is NULL for a row of the right side alone.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::call;

/// Replaces the columns of such joins in a SELECT.
pub(super) fn replace_columns(select: &mut sql::Select) {
    let merged = merged_columns(select);
    if merged.is_empty() {
        return;
    }
    for item in &mut select.projection {
        match item {
            sql::SelectItem::UnnamedExpr(sql::Expr::Identifier(name)) => {
                if let Some((_, value)) = merged.iter().find(|(known, _)| known == &name.value.to_lowercase())
                {
                    let alias = name.clone();
                    *item = sql::SelectItem::ExprWithAlias { expr: value.clone(), alias };
                }
            }
            sql::SelectItem::Wildcard(options) if options.opt_replace.is_none() => {
                options.opt_replace = Some(replacement(&merged));
            }
            _ => {}
        }
    }
    let mut merge = Merge { merged: &merged, depth: 0 };
    for item in &mut select.projection {
        if let sql::SelectItem::UnnamedExpr(expr) | sql::SelectItem::ExprWithAlias { expr, .. } = item {
            let _ = expr.visit(&mut merge);
        }
    }
    let _ = select.selection.visit(&mut merge);
    let _ = select.group_by.visit(&mut merge);
    let _ = select.having.visit(&mut merge);
    let _ = select.qualify.visit(&mut merge);
}

fn replacement(merged: &[(String, sql::Expr)]) -> sql::ReplaceSelectItem {
    let items = merged.iter().map(|(name, value)| {
        Box::new(sql::ReplaceSelectElement {
            expr: value.clone(),
            column_name: sql::Ident::with_quote('"', name),
            as_keyword: true,
        })
    });
    sql::ReplaceSelectItem { items: items.collect() }
}

/// The columns that are not the left side's, with what they are.
fn merged_columns(select: &sql::Select) -> Vec<(String, sql::Expr)> {
    let mut merged = Vec::new();
    for from in &select.from {
        let Some(first) = name_of(&from.relation) else { continue };
        // The value of a column in all tables so far.
        let mut values: Vec<(String, sql::Expr)> = Vec::new();
        for join in &from.joins {
            use sql::JoinOperator as J;
            let Some(right) = name_of(&join.relation) else { continue };
            let (constraint, keeps_right, keeps_left) = match &join.join_operator {
                J::Right(constraint) | J::RightOuter(constraint) => (constraint, true, false),
                J::FullOuter(constraint) => (constraint, true, true),
                J::Join(constraint)
                | J::Inner(constraint)
                | J::Left(constraint)
                | J::LeftOuter(constraint) => (constraint, false, true),
                _ => continue,
            };
            let sql::JoinConstraint::Using(columns) = constraint else { continue };
            for column in columns.iter().filter_map(|column| column.0.last()?.as_ident()) {
                let name = column.value.to_lowercase();
                let at = values.iter().position(|(known, _)| *known == name);
                let left = match at {
                    Some(at) => values.remove(at).1,
                    None => qualified(&first, column),
                };
                let right = qualified(&right, column);
                let value = match (keeps_left, keeps_right) {
                    (true, true) => call("coalesce", vec![left, right]),
                    (false, _) => right,
                    (true, false) => left,
                };
                values.push((name, value));
            }
        }
        let plain = |value: &sql::Expr, name: &str| match value {
            sql::Expr::CompoundIdentifier(parts) => {
                parts.len() == 2 && parts[0].value == first.value && parts[1].value.eq_ignore_ascii_case(name)
            }
            _ => false,
        };
        merged.extend(values.into_iter().filter(|(name, value)| !plain(value, name)));
    }
    merged
}

fn qualified(table: &sql::Ident, column: &sql::Ident) -> sql::Expr {
    sql::Expr::CompoundIdentifier(vec![table.clone(), column.clone()])
}

fn name_of(table: &sql::TableFactor) -> Option<sql::Ident> {
    match table {
        sql::TableFactor::Table { alias: Some(alias), .. }
        | sql::TableFactor::Derived { alias: Some(alias), .. } => Some(alias.name.clone()),
        sql::TableFactor::Table { name, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

struct Merge<'a> {
    merged: &'a [(String, sql::Expr)],
    /// How many subqueries are around; a name there is a column of theirs.
    depth: usize,
}

impl VisitorMut for Merge<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::Identifier(name) = expr
            && self.depth == 0
            && let Some((_, value)) =
                self.merged.iter().find(|(known, _)| *known == name.value.to_lowercase())
        {
            *expr = value.clone();
        }
        ControlFlow::Continue(())
    }
}

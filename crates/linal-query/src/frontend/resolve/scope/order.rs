//! Names in ORDER BY: a sort key that is just a name refers to a projection item; within an expression, a
//! name refers to a column of the tables, and to an item only if these have no such column.
//!
//! DataFusion prefers the items in both cases: `SELECT -a AS a FROM t ORDER BY a + 0` sorts by `-a + 0` in
//! DataFusion 55.

use linal_dataset::Result;
use sqlparser::ast as sql;

use super::aliases::Aliases;
use super::columns::{Outputs, Scopes, Visible, is_same_table};
use super::distinct_order::DistinctItems;
use super::query::Resolver;
use crate::frontend::own_expressions::each_own_expression;

impl Resolver<'_> {
    /// Resolves the sort keys of an ORDER BY. Items whose names would shadow a column get another internal
    /// name.
    pub(super) fn order(
        &mut self,
        order_by: &mut sql::OrderBy,
        select: &mut sql::Select,
        outputs: &mut Outputs,
        visible: &Visible,
        outer: Option<&Scopes<'_>>,
    ) -> Result<()> {
        let sql::OrderByKind::Expressions(keys) = &mut order_by.kind else { return Ok(()) };
        let mut hidden: Vec<String> = Vec::new();
        let aliases: Vec<String> = outputs.columns.iter().map(|output| output.name.clone()).collect();
        let distinct = DistinctItems::of(select, visible);
        for key in keys.iter_mut() {
            if let sql::Expr::Identifier(name) = &key.expr {
                let lower = name.value.to_lowercase();
                let items = outputs.columns.iter().filter(|output| output.name == lower).count();
                if items == 1 {
                    continue;
                }
            }
            if let Some(item) = distinct.as_ref().and_then(|items| items.repeated_by(&key.expr, visible)) {
                key.expr = item;
                continue;
            }
            if !matches!(key.expr, sql::Expr::Identifier(_)) {
                let mut columns = Columns { visible, select, hidden: &mut hidden };
                each_own_expression(&mut key.expr, |expr| columns.qualify(expr));
            }
            self.expression(&mut key.expr, visible, Aliases::planned(&aliases), outer)?;
        }
        for name in hidden {
            self.hide(&name, keys, select, outputs);
        }
        Ok(())
    }

    /// Gives an item another internal name, and the sort keys that refer to it.
    fn hide(
        &mut self,
        name: &str,
        keys: &mut [sql::OrderByExpr],
        select: &mut sql::Select,
        outputs: &mut Outputs,
    ) {
        self.made += 1;
        let internal = format!("{name}'{}", self.made);
        for item in &mut select.projection {
            if let sql::SelectItem::ExprWithAlias { alias, .. } = item
                && alias.value.to_lowercase() == name
            {
                self.hidden.push((internal.clone(), alias.value.clone()));
                *alias = sql::Ident::with_quote('"', &internal);
            }
        }
        let distinct = match &mut select.distinct {
            Some(sql::Distinct::On(exprs)) => exprs.as_mut_slice(),
            _ => &mut [],
        };
        for expr in keys.iter_mut().map(|key| &mut key.expr).chain(distinct) {
            if let sql::Expr::Identifier(alone) = expr
                && alone.value.to_lowercase() == name
            {
                alone.value.clone_from(&internal);
            }
        }
        outputs.is_renamed = true;
    }
}

/// Qualifies columns where an item has the same alias.
struct Columns<'a> {
    visible: &'a Visible,
    select: &'a sql::Select,
    /// The aliases that are another column's name.
    hidden: &'a mut Vec<String>,
}

impl Columns<'_> {
    fn is_alias(&self, name: &str) -> bool {
        self.select.projection.iter().any(|item| match item {
            sql::SelectItem::ExprWithAlias { alias, .. } => alias.value.to_lowercase() == name,
            _ => false,
        })
    }

    /// `t.c` beside an item `x AS c`: DataFusion cannot distinguish a column `c` of the rows from `t.c`,
    /// which it adds to them.
    fn qualified(&mut self, parts: &[sql::Ident]) {
        let Some((column, table)) = parts.split_last() else { return };
        let lower = column.value.to_lowercase();
        let is_other = |item: &sql::SelectItem| match item {
            sql::SelectItem::ExprWithAlias { expr, alias } => {
                alias.value.to_lowercase() == lower && !self.is_column(expr, &lower, table)
            }
            _ => false,
        };
        if self.visible.has_table(table) && self.select.projection.iter().any(is_other) {
            self.hide(lower);
        }
    }

    /// Whether an expression is a column of a table.
    fn is_column(&self, expr: &sql::Expr, lower: &str, table: &[sql::Ident]) -> bool {
        match expr {
            sql::Expr::Identifier(name) if name.value.to_lowercase() == lower => {
                let mut named = self.visible.named(lower);
                named.next().is_some_and(|column| column.is_of(table)) && named.next().is_none()
            }
            sql::Expr::CompoundIdentifier(parts) => parts.split_last().is_some_and(|(name, written)| {
                name.value.to_lowercase() == lower && is_same_table(written, table)
            }),
            _ => false,
        }
    }

    fn hide(&mut self, alias: String) {
        if !self.hidden.contains(&alias) {
            self.hidden.push(alias);
        }
    }

    fn qualify(&mut self, expr: &mut sql::Expr) {
        match expr {
            sql::Expr::Identifier(name) => {
                let lower = name.value.to_lowercase();
                if self.is_alias(&lower)
                    && let [column] = self.visible.named(&lower).collect::<Vec<_>>().as_slice()
                {
                    *expr = column.value.clone();
                    self.hide(lower);
                }
            }
            sql::Expr::CompoundIdentifier(parts) => self.qualified(parts),
            _ => {}
        }
    }
}

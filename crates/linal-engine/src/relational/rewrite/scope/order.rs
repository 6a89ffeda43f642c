//! Names in ORDER BY: alone, a name is an item's; in an expression it is a column of the tables, and an item's where
//! these have none of the name.
//!
//! DataFusion looks at the items first in both: `SELECT -a AS a FROM t ORDER BY a + 0` sorts by `-a + 0` in DataFusion 55.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::columns::{Outputs, Scopes, Visible};
use super::query::Resolver;
use crate::error::Result;

impl Resolver<'_> {
    /// Resolves the keys of an ORDER BY. Items whose names would hide a column get another name inside.
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
        for key in keys.iter_mut() {
            if let sql::Expr::Identifier(name) = &key.expr {
                let lower = name.value.to_lowercase();
                let items = outputs.columns.iter().filter(|output| output.name == lower).count();
                if items == 1 {
                    continue;
                }
            } else {
                let mut columns = Columns { visible, select, hidden: &mut hidden, queries: 0 };
                let _ = key.expr.visit(&mut columns);
            }
            self.expression(&mut key.expr, visible, outer)?;
        }
        for name in hidden {
            self.hide(&name, keys, select, outputs);
        }
        Ok(())
    }

    /// Gives an item another name inside, and keys that are its name.
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
        for key in keys {
            if let sql::Expr::Identifier(alone) = &mut key.expr
                && alone.value.to_lowercase() == name
            {
                alone.value.clone_from(&internal);
            }
        }
        outputs.is_renamed = true;
    }
}

/// Writes columns with their tables where an item has the same alias.
struct Columns<'a> {
    visible: &'a Visible,
    select: &'a sql::Select,
    /// The aliases that are another column's name.
    hidden: &'a mut Vec<String>,
    queries: usize,
}

impl Columns<'_> {
    fn is_alias(&self, name: &str) -> bool {
        self.select.projection.iter().any(|item| match item {
            sql::SelectItem::ExprWithAlias { alias, .. } => alias.value.to_lowercase() == name,
            _ => false,
        })
    }
}

impl VisitorMut for Columns<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        let sql::Expr::Identifier(name) = expr else { return ControlFlow::Continue(()) };
        let lower = name.value.to_lowercase();
        if self.queries == 0
            && self.is_alias(&lower)
            && let [column] = self.visible.named(&lower).collect::<Vec<_>>().as_slice()
        {
            *expr = column.value.clone();
            if !self.hidden.contains(&lower) {
                self.hidden.push(lower);
            }
        }
        ControlFlow::Continue(())
    }
}

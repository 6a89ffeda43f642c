//! Names in expressions.

use std::ops::ControlFlow;

use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::columns::{Column, Scopes, Visible};
use super::query::Resolver;
use super::tables::{MADE, RenamedTable};
use crate::error::{Error, Result};

impl Resolver<'_> {
    /// Resolves the names of something in the scope of a FROM, and the queries within it.
    pub(super) fn expression<T: VisitMut>(
        &mut self,
        node: &mut T,
        visible: &Visible,
        outer: Option<&Scopes<'_>>,
    ) -> Result<()> {
        let scopes = Scopes { visible, select: self.current, outer };
        self.walk(node, Some(&scopes), true)
    }

    /// Resolves the queries within something that has no names of its own here.
    pub(super) fn subqueries<T: VisitMut>(&mut self, node: &mut T, outer: Option<&Scopes<'_>>) -> Result<()> {
        self.walk(node, outer, false)
    }

    /// Resolves the arguments of a function that makes rows; the queries in them, too.
    pub(super) fn arguments(&mut self, factor: &mut sql::TableFactor, lateral: &Scopes<'_>) -> Result<()> {
        self.walk(factor, Some(lateral), true)
    }

    fn walk<T: VisitMut>(&mut self, node: &mut T, scopes: Option<&Scopes<'_>>, names: bool) -> Result<()> {
        let mut walk = Walk { resolver: self, scopes, names, queries: 0 };
        match node.visit(&mut walk) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// What a name is replaced by; `None` for one that DataFusion finds.
    fn replacement(&mut self, name: &sql::Ident, scopes: &Scopes<'_>) -> Option<sql::Expr> {
        let lower = name.value.to_lowercase();
        let mut within: Vec<&Visible> = Vec::new();
        let mut scope = Some(scopes);
        while let Some(at) = scope {
            // A merged column comes before one of the same name that a later join adds, as in DuckDB.
            let mut merged = at.visible.named(&lower).filter(|column| column.is_merged);
            match (merged.next(), merged.next()) {
                (Some(column), None) => {
                    let value = placed(&column.value, name);
                    return Some(self.seen_from(value, at.select, &within));
                }
                (None, None) if at.visible.named(&lower).next().is_none() && !at.visible.is_open => {}
                _ => return None,
            }
            within.push(at.visible);
            scope = at.outer;
        }
        None
    }

    /// A value of a scope as the queries within it write it: tables that they hide get another name.
    fn seen_from(&mut self, mut value: sql::Expr, select: usize, within: &[&Visible]) -> sql::Expr {
        let mut walk = Tables(Vec::new());
        let _ = value.visit(&mut walk);
        for table in walk.0 {
            if within.iter().any(|visible| hides(visible, &table)) {
                let renamed = self.rename(select, &table);
                let _ = value.visit(&mut Put { old: &table, new: &renamed });
            }
        }
        value
    }

    /// The name of its own that a table of a SELECT gets.
    fn rename(&mut self, select: usize, table: &[sql::Ident]) -> sql::Ident {
        let is_same = |known: &&RenamedTable| {
            known.select == select && super::columns::is_same_table(&known.old, table)
        };
        if let Some(known) = self.renames.iter().find(is_same) {
            return known.new.clone();
        }
        self.made += 1;
        let last = table.last().map_or("", |part| part.value.as_str());
        let new = sql::Ident::with_quote('"', format!("{}{MADE}{}", last.to_lowercase(), self.made));
        self.renames.push(RenamedTable { select, old: table.to_vec(), new: new.clone() });
        new
    }

    /// `t.c` where a query between has a column `t` and `t` is a table around it.
    fn outer_column(&mut self, parts: &[sql::Ident], scopes: &Scopes<'_>) -> Option<sql::Expr> {
        let (column, table) = parts.split_last()?;
        let first = table.first()?.value.to_lowercase();
        let mut is_taken = false;
        let mut scope = Some(scopes);
        while let Some(at) = scope {
            if at.visible.has_table(table) {
                if !is_taken {
                    return None;
                }
                let name = column.value.to_lowercase();
                let is_there = |known: &Column| known.name == name && known.is_of(table);
                if !at.visible.is_open && !at.visible.columns.iter().any(is_there) {
                    return None;
                }
                let mut new = self.rename(at.select, table);
                new.span = table[0].span;
                return Some(sql::Expr::CompoundIdentifier(vec![new, column.clone()]));
            }
            // A field of a struct.
            if at.visible.named(&first).any(|known| known.is_struct) || at.visible.is_open {
                return None;
            }
            is_taken |= at.visible.named(&first).next().is_some();
            scope = at.outer;
        }
        None
    }
}

/// Whether a scope has a table or a column of a table's name.
fn hides(visible: &Visible, table: &[sql::Ident]) -> bool {
    let first = table.first().map_or_else(String::new, |part| part.value.to_lowercase());
    visible.has_table(table) || visible.named(&first).next().is_some()
}

/// A value at the place of the expression that it stands for.
pub(super) fn placed_at(value: &sql::Expr, expr: &sql::Expr) -> sql::Expr {
    match expr {
        sql::Expr::Identifier(name) => placed(value, name),
        sql::Expr::CompoundIdentifier(parts) if !parts.is_empty() => placed(value, &parts[0]),
        _ => value.clone(),
    }
}

/// A value at the place of the name that it stands for.
fn placed(value: &sql::Expr, name: &sql::Ident) -> sql::Expr {
    let mut value = value.clone();
    let _ = value.visit(&mut Place(name.span));
    value
}

struct Place(sqlparser::tokenizer::Span);

impl VisitorMut for Place {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::CompoundIdentifier(parts) = expr {
            parts.iter_mut().for_each(|part| part.span = self.0);
        }
        ControlFlow::Continue(())
    }
}

/// The tables that an expression writes before columns.
struct Tables(Vec<Vec<sql::Ident>>);

impl VisitorMut for Tables {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::CompoundIdentifier(parts) = expr
            && let Some((_, table)) = parts.split_last()
            && !self.0.iter().any(|known| known == table)
        {
            self.0.push(table.to_vec());
        }
        ControlFlow::Continue(())
    }
}

/// Puts another table before columns.
struct Put<'a> {
    old: &'a [sql::Ident],
    new: &'a sql::Ident,
}

impl VisitorMut for Put<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<()> {
        if let sql::Expr::CompoundIdentifier(parts) = expr
            && parts.split_last().is_some_and(|(_, table)| table == self.old)
        {
            parts.splice(..self.old.len(), [self.new.clone()]);
        }
        ControlFlow::Continue(())
    }
}

struct Walk<'w, 'r, 's> {
    resolver: &'w mut Resolver<'r>,
    scopes: Option<&'s Scopes<'s>>,
    /// Whether names of the scope itself are resolved.
    names: bool,
    /// How many queries are around; each resolves its own names.
    queries: usize,
}

impl VisitorMut for Walk<'_, '_, '_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        if self.queries == 0
            && let Err(error) = self.resolver.query(query, self.scopes)
        {
            return ControlFlow::Break(error);
        }
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut sql::Query) -> ControlFlow<Error> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        let Some(scopes) = self.scopes.filter(|_| self.names && self.queries == 0) else {
            return ControlFlow::Continue(());
        };
        let replaced = match expr {
            sql::Expr::Identifier(name) => self.resolver.replacement(name, scopes),
            sql::Expr::CompoundIdentifier(parts) => self.resolver.outer_column(parts, scopes),
            _ => None,
        };
        if let Some(replaced) = replaced {
            *expr = replaced;
        }
        ControlFlow::Continue(())
    }
}

//! Names in expressions.

use std::ops::ControlFlow;

use linal_dataset::{Error, Result};
use linal_lang::sql::WalkMut;
use sqlparser::ast as sql;
use sqlparser::ast::{VisitMut, VisitorMut};

use super::aliases::{Aliases, used_before};
use super::columns::{Column, Scopes, Visible};
use super::query::Resolver;
use super::row_id;
use super::tables::{MADE, RenamedTable};
use crate::frontend::ast_builder;
use crate::frontend::objects::caller_name;
use crate::frontend::objects::caller_name::CallerName;
use crate::frontend::resolve::{call, session_tensor};
use crate::udf::FIELD;

impl Resolver<'_> {
    /// Resolves the names of a node in the scope of a FROM, and its subqueries.
    pub(super) fn expression<T: VisitMut>(
        &mut self,
        node: &mut T,
        visible: &Visible,
        aliases: Aliases<'_>,
        outer: Option<&Scopes<'_>>,
    ) -> Result<()> {
        let scopes = Scopes { visible, select: self.current, aliases, outer };
        self.walk(node, &scopes)
    }

    /// Resolves the arguments of a table function, including their subqueries.
    pub(super) fn arguments(&mut self, factor: &mut sql::TableFactor, lateral: &Scopes<'_>) -> Result<()> {
        self.walk(factor, lateral)
    }

    fn walk<T: VisitMut>(&mut self, node: &mut T, scopes: &Scopes<'_>) -> Result<()> {
        let mut walk = Walk { resolver: self, scopes, queries: 0, parameters: Vec::new() };
        match node.walk_mut(&mut walk) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// The replacement of a name; `None` for one that DataFusion resolves.
    fn replacement(&mut self, name: &sql::Ident, scopes: &Scopes<'_>) -> Result<Option<sql::Expr>> {
        let lower = name.value.to_lowercase();
        let mut within: Vec<&Visible> = Vec::new();
        let mut is_later = false;
        let mut scope = Some(scopes);
        while let Some(at) = scope {
            // A merged column takes precedence over one of the same name from a later join, as in DuckDB.
            let mut merged = at.visible.named(&lower).filter(|column| column.is_merged || column.is_hidden);
            match (merged.next(), merged.next()) {
                (Some(column), None) => {
                    let value = placed(&column.value, name);
                    return Ok(Some(self.seen_from(value, at.select, &within)));
                }
                (Some(column), Some(_)) if column.is_hidden => return Err(row_id::ambiguous(name)),
                (None, None)
                    if at.visible.named(&lower).next().is_none() && !at.visible.unlisted.may_have(&lower) => {
                }
                _ => return Ok(None),
            }
            if within.is_empty() && at.aliases.is_planned(&lower) {
                return Ok(None);
            }
            if let Some(alias) = at.aliases.find(&lower) {
                return self.alias_value(alias, name, at, &within).map(Some);
            }
            is_later |= at.aliases.is_later(&lower);
            within.push(at.visible);
            scope = at.outer;
        }
        let is_tensor = !self.no_tensors && !lower.starts_with("__") && (self.scope.is_tensor)(&lower);
        if is_later && !is_tensor {
            return Err(used_before(name));
        }
        Ok(is_tensor.then(|| session_tensor::reference(&lower)))
    }

    /// The column that a name of a macro's caller means, from within the queries of the macro's body.
    fn of_caller(&mut self, caller: CallerName, scopes: &Scopes<'_>) -> sql::Expr {
        let mut within: Vec<&Visible> = Vec::new();
        let (mut scope, mut left, mut select) = (Some(scopes), caller.queries, scopes.select);
        while let Some(at) = scope {
            if at.select != select {
                left = left.saturating_sub(1);
                select = at.select;
            }
            if left == 0
                && let Some(value) = caller_column(&caller.parts, at)
            {
                return self.seen_from(value, at.select, &within);
            }
            within.push(at.visible);
            scope = at.outer;
        }
        if let [only] = caller.parts.as_slice()
            && (self.scope.is_tensor)(&only.value.to_lowercase())
        {
            return session_tensor::reference(&only.value.to_lowercase());
        }
        caller.plain()
    }

    /// An expression of a scope as inner queries refer to it: tables that they shadow are renamed.
    pub(super) fn seen_from(
        &mut self,
        mut value: sql::Expr,
        select: usize,
        within: &[&Visible],
    ) -> sql::Expr {
        let mut walk = Tables(Vec::new());
        let _ = value.walk_mut(&mut walk);
        for table in walk.0 {
            if within.iter().any(|visible| hides(visible, &table)) {
                let renamed = self.rename(select, &table);
                let _ = value.walk_mut(&mut Put { old: &table, new: &renamed });
            }
        }
        value
    }

    /// The new name of a table of a SELECT.
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

    /// Resolves `t.c` where a query has a column `t` and `t` is a table of an outer query.
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
                if !at.visible.is_open() && !at.visible.columns.iter().any(is_there) {
                    return None;
                }
                let mut new = self.rename(at.select, table);
                new.span = table[0].span;
                return Some(sql::Expr::CompoundIdentifier(vec![new, column.clone()]));
            }
            // The name is a field of a struct.
            if at.visible.named(&first).any(|known| known.is_struct) || at.visible.is_open() {
                return None;
            }
            is_taken |= at.visible.named(&first).next().is_some();
            scope = at.outer;
        }
        None
    }
}

/// The column of a scope that a name means; `None` when it has none, or may have several.
fn caller_column(parts: &[sql::Ident], scope: &Scopes<'_>) -> Option<sql::Expr> {
    let (name, table) = parts.split_last()?;
    let lower = name.value.to_lowercase();
    let is_meant = |column: &&Column| {
        column.name == lower && if table.is_empty() { column.is_bare } else { column.is_of(table) }
    };
    let mut found = scope.visible.columns.iter().filter(is_meant);
    let column = found.next().filter(|_| found.next().is_none())?;
    let value = match &column.value {
        sql::Expr::CompoundIdentifier(parts) if parts.len() == 1 => sql::Expr::Identifier(parts[0].clone()),
        value => value.clone(),
    };
    Some(placed(&value, name))
}

/// Whether a scope has a table or a column of a table's name.
fn hides(visible: &Visible, table: &[sql::Ident]) -> bool {
    let first = table.first().map_or_else(String::new, |part| part.value.to_lowercase());
    visible.has_table(table) || visible.named(&first).next().is_some()
}

/// An expression with the span of the expression that it replaces.
pub(super) fn placed_at(value: &sql::Expr, expr: &sql::Expr) -> sql::Expr {
    match expr {
        sql::Expr::Identifier(name) => placed(value, name),
        sql::Expr::CompoundIdentifier(parts) if !parts.is_empty() => placed(value, &parts[0]),
        _ => value.clone(),
    }
}

/// An expression with the span of the name that it replaces.
fn placed(value: &sql::Expr, name: &sql::Ident) -> sql::Expr {
    let mut value = value.clone();
    let _ = value.walk_mut(&mut Place(name.span));
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

/// The qualifiers in an expression.
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

/// Replaces a qualifier by another.
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
    scopes: &'s Scopes<'s>,
    /// The number of enclosing queries; each resolves its own names.
    queries: usize,
    /// The parameters of the lambdas around a name, in lower case: they win over all other names.
    parameters: Vec<String>,
}

impl Walk<'_, '_, '_> {
    fn is_parameter(&self, name: &sql::Ident) -> bool {
        let name = name.value.to_lowercase();
        self.parameters.contains(&name)
    }

    /// `x.a` of a parameter `x` that is a struct.
    fn field_of_parameter(&self, parts: &[sql::Ident]) -> Option<sql::Expr> {
        let (first, fields) = parts.split_first().filter(|(first, _)| self.is_parameter(first))?;
        Some(fields.iter().fold(sql::Expr::Identifier(first.clone()), |base, field| {
            call(FIELD, vec![base, ast_builder::text(&field.value)])
        }))
    }
}

fn names_of(lambda: &sql::LambdaFunction) -> Vec<String> {
    let lower = |parameter: &sql::LambdaFunctionParameter| parameter.name.value.to_lowercase();
    match &lambda.params {
        sql::OneOrManyWithParens::One(one) => vec![lower(one)],
        sql::OneOrManyWithParens::Many(many) => many.iter().map(lower).collect(),
    }
}

impl VisitorMut for Walk<'_, '_, '_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut sql::Query) -> ControlFlow<Error> {
        if self.queries == 0
            && let Err(error) = self.resolver.query(query, Some(self.scopes))
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

    fn pre_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.parameters.extend(names_of(lambda));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut sql::Expr) -> ControlFlow<Error> {
        if let sql::Expr::Lambda(lambda) = expr {
            self.parameters.truncate(self.parameters.len() - names_of(lambda).len());
        }
        if self.queries > 0 {
            return ControlFlow::Continue(());
        }
        let scopes = self.scopes;
        let replaced = match &*expr {
            sql::Expr::Identifier(name) if self.is_parameter(name) => Ok(None),
            sql::Expr::CompoundIdentifier(parts)
                if parts.first().is_some_and(|first| self.is_parameter(first)) =>
            {
                Ok(self.field_of_parameter(parts))
            }
            sql::Expr::Identifier(name) => self.resolver.replacement(name, scopes),
            sql::Expr::CompoundIdentifier(parts) => {
                Ok(self.resolver.outer_column(parts, scopes).or_else(|| row_id::qualified(parts, scopes)))
            }
            sql::Expr::AnyOp { .. } => Ok(self.resolver.in_table(expr, scopes)),
            other => Ok(caller_name::of(other).map(|caller| self.resolver.of_caller(caller, scopes))),
        };
        match replaced {
            Ok(Some(replaced)) => *expr = replaced,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

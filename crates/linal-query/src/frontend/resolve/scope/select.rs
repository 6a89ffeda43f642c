//! Names in a SELECT.

use std::collections::HashSet;
use std::sync::Arc;

use linal_dataset::Result;
use linal_lang::sql::STRUCT;
use sqlparser::ast as sql;

use super::aliases::{Alias, Aliases, alias_of, used};
use super::columns::{Output, Outputs, Scopes, StructFields, Visible};
use super::query::Resolver;
use super::row_id::is_row_id;
use super::tables::RenamedTable;
use super::unlisted::Unlisted;
use super::{columns_call, group_keys, item_places, wildcard};
use crate::frontend::resolve::session_tensor;

impl Resolver<'_> {
    /// Resolves a SELECT and the ORDER BY of its query; returns its output columns.
    pub(super) fn select(
        &mut self,
        select: &mut sql::Select,
        mut order_by: Option<&mut sql::OrderBy>,
        outer: Option<&Scopes<'_>>,
    ) -> Result<Outputs> {
        self.made += 1;
        let number = self.made;
        let around = std::mem::replace(&mut self.current, number);
        let visible = self.from(&mut select.from, outer)?;
        columns_call::expand(select, order_by.as_deref_mut(), &visible, self)?;
        let has_item_places = item_places::are_in(select, order_by.as_deref_mut());
        wildcard::expand(select, &visible, has_item_places)?;
        if has_item_places {
            item_places::write_out(select, order_by.as_deref_mut())?;
        }
        let names = aliases(&select.projection);
        let used = used(select);
        let around_nodes = std::mem::take(&mut self.alias_nodes);
        let known = self.items(&mut select.projection, &used, &visible, outer)?;
        let planned = Aliases { planned: &names, known: &known, ..Aliases::default() };
        if let Some(sql::Distinct::On(keys)) = &mut select.distinct {
            self.expression(keys, &visible, planned, outer)?;
        }
        let apart = Aliases { known: &known, is_apart: true, ..Aliases::default() };
        self.expression(&mut select.selection, &visible, apart, outer)?;
        self.expression(&mut select.group_by, &visible, planned, outer)?;
        group_keys::qualify(&mut select.group_by, &visible);
        self.expression(&mut select.having, &visible, planned, outer)?;
        self.expression(&mut select.named_window, &visible, Aliases::default(), outer)?;
        self.expression(&mut select.qualify, &visible, planned, outer)?;
        self.alias_nodes = around_nodes;
        let mut outputs = outputs(select, &visible);
        if let Some(order_by) = order_by.as_deref_mut() {
            self.order(order_by, select, &mut outputs, &visible, outer)?;
        }
        let renames = std::mem::take(&mut self.renames).into_iter();
        let (own, others): (Vec<RenamedTable>, Vec<RenamedTable>) =
            renames.partition(|table| table.select == number);
        self.renames = others;
        for table in own {
            table.apply(select, order_by.as_deref_mut());
        }
        self.current = around;
        Ok(outputs)
    }

    /// Resolves the items; returns the aliases that are used.
    fn items(
        &mut self,
        items: &mut [sql::SelectItem],
        used: &HashSet<String>,
        visible: &Visible,
        outer: Option<&Scopes<'_>>,
    ) -> Result<Vec<Alias>> {
        let names: Vec<Option<String>> =
            items.iter().map(|item| alias_of(item).filter(|name| used.contains(name))).collect();
        let mut known: Vec<Alias> = Vec::new();
        for (at, item) in items.iter_mut().enumerate() {
            let name = match item {
                sql::SelectItem::UnnamedExpr(sql::Expr::Identifier(name)) => Some(name.clone()),
                sql::SelectItem::UnnamedExpr(sql::Expr::CompoundIdentifier(parts)) => {
                    parts.last().filter(|name| is_row_id(name)).cloned()
                }
                _ => None,
            };
            let aliases = Aliases { known: &known, later: &names[at..], ..Aliases::default() };
            self.expression(item, visible, aliases, outer)?;
            if let (Some(name), sql::SelectItem::UnnamedExpr(expr)) = (name, &*item)
                && !is_column(expr, &name)
            {
                // A merged column and a tensor keep their names, whatever their expression is.
                if session_tensor::call_of(expr).is_some() {
                    self.hidden.push((name.value.to_lowercase(), name.value.clone()));
                }
                *item = sql::SelectItem::ExprWithAlias { expr: expr.clone(), alias: name };
            }
            if let (Some(name), sql::SelectItem::ExprWithAlias { expr, .. }) = (&names[at], item) {
                let alias = self.alias(name.clone(), expr);
                known.push(alias);
            }
        }
        Ok(known)
    }
}

/// The lower-case aliases of projection items.
fn aliases(items: &[sql::SelectItem]) -> Vec<String> {
    let alias = |item: &sql::SelectItem| match item {
        sql::SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        _ => None,
    };
    items.iter().filter_map(alias).collect()
}

/// Whether an expression is the column of a name.
fn is_column(expr: &sql::Expr, name: &sql::Ident) -> bool {
    let last = match expr {
        sql::Expr::Identifier(last) => Some(last),
        sql::Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    };
    last.is_some_and(|last| last.value.to_lowercase() == name.value.to_lowercase())
}

/// The output columns of a SELECT.
fn outputs(select: &sql::Select, visible: &Visible) -> Outputs {
    let mut outputs = Outputs::default();
    let repeated = crate::frontend::resolve::projection_names::repeated_names(select);
    for item in &select.projection {
        match item {
            sql::SelectItem::ExprWithAlias { expr, alias } => {
                outputs
                    .columns
                    .push(Output { name: alias.value.to_lowercase(), fields: fields_of(expr, visible) });
            }
            sql::SelectItem::UnnamedExpr(expr) => {
                outputs
                    .columns
                    .push(Output { name: name_of(expr, &repeated), fields: fields_of(expr, visible) });
            }
            sql::SelectItem::Wildcard(_) => {
                outputs.unlisted.extend(visible.unlisted.clone());
                let columns = visible.starred();
                outputs.columns.extend(
                    columns.map(|column| Output { name: column.name.clone(), fields: column.fields.clone() }),
                );
            }
            sql::SelectItem::QualifiedWildcard(sql::SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                outputs.unlisted.extend(visible.unlisted.clone());
                let table: Vec<sql::Ident> =
                    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                let columns =
                    visible.columns.iter().filter(|column| column.is_of(&table) && !column.is_hidden);
                outputs.columns.extend(
                    columns.map(|column| Output { name: column.name.clone(), fields: column.fields.clone() }),
                );
            }
            _ => outputs.unlisted.extend(Unlisted::any()),
        }
    }
    outputs
}

/// The name of an item without an alias.
fn name_of(expr: &sql::Expr, repeated: &std::collections::HashSet<String>) -> String {
    let whole = expr.to_string().to_lowercase();
    match expr {
        sql::Expr::Identifier(name) => name.value.to_lowercase(),
        sql::Expr::CompoundIdentifier(parts)
            if !repeated.contains(&crate::frontend::resolve::projection_names::dotted(parts)) =>
        {
            parts.last().map_or(whole, |last| last.value.to_lowercase())
        }
        _ => whole,
    }
}

/// The fields of an item that is a struct.
fn fields_of(expr: &sql::Expr, visible: &Visible) -> StructFields {
    match expr {
        sql::Expr::Identifier(name) => visible.named(&name.value.to_lowercase()).next()?.fields.clone(),
        sql::Expr::CompoundIdentifier(parts) => {
            let (name, table) = parts.split_last()?;
            let name = name.value.to_lowercase();
            let mut columns = visible.columns.iter();
            columns.find(|column| column.name == name && column.is_of(table))?.fields.clone()
        }
        sql::Expr::Function(function) if function.name.to_string() == STRUCT => fields_of_literal(function),
        sql::Expr::Dictionary(_) | sql::Expr::Struct { .. } => Some(Arc::default()),
        _ => None,
    }
}

/// The names in `{'a': 1, 'b': x}`.
fn fields_of_literal(function: &sql::Function) -> StructFields {
    let sql::FunctionArguments::List(list) = &function.args else { return None };
    let name = |arg: &sql::FunctionArg| match arg {
        sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Expr(sql::Expr::Value(value))) => {
            match &value.value {
                sql::Value::SingleQuotedString(name) => Some(name.clone()),
                _ => None,
            }
        }
        _ => None,
    };
    list.args.iter().step_by(2).map(name).collect()
}
